# For deploy/up and deploy/test: refuse a machine that can't run this, then find a Python for it.
# Sourced with the checkout as working directory; sets $python.

system="$(uname -s) $(uname -m)"
case "$system" in
  "Linux x86_64" | "Linux aarch64" | "Linux arm64" | "Darwin arm64") ;;
  *)
    echo "This machine is $system. Store Notifications runs on Linux (x86-64, arm64) and on macOS" >&2
    echo "(Apple silicon): the packages that it stands on are made for those only." >&2
    exit 1
    ;;
esac

python=
found=
for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
  version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  case "$version" in
    3.11 | 3.12 | 3.13 | 3.14)
      python=$candidate
      break
      ;;
    *) found="$found $candidate ($version)" ;;
  esac
done
if [ -z "$python" ]; then
  echo "Python 3.11, 3.12, 3.13 or 3.14 is needed; found:${found:- none}." >&2
  echo "Install one, or name it: PYTHON=/path/to/python3.12 $0" >&2
  exit 1
fi
