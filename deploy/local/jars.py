"""The local broker's jars: exactly those of jgo.lock.toml, each with the checksum written there.

The lock is the whole truth: nothing is resolved at run time, so the same files run everywhere and
a jar that differs is never put on a class path.
"""

import fcntl
import hashlib
import os
import ssl
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.contracts.errors import ConfigError, TransientError

LOCK = Path(__file__).with_name("jgo.lock.toml")
CACHE = Path(__file__).parents[2] / ".local" / "jars"
_DOWNLOADS = 4  # at once
_MIB = 1024 * 1024
_AUTHORITIES = "REQUESTS_CA_BUNDLE"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One locked artifact of Maven."""

    group: str
    name: str
    version: str
    sha256: str

    def path(self, cache: Path) -> Path:
        """Where jgo keeps it: a Maven repository's layout."""
        folder = cache.joinpath(*self.group.split("."), self.name, self.version)
        return folder / f"{self.name}-{self.version}.jar"


def silent(_line: str) -> None:
    """A Progress that says nothing."""


def locked_jars(lock: Path = LOCK) -> tuple[Jar, ...]:
    """All artifacts of the lock file."""
    dependencies = tomllib.loads(lock.read_text(encoding="utf-8"))["dependencies"]
    return tuple(
        Jar(group=d["groupId"], name=d["artifactId"], version=d["version"], sha256=d["sha256"])
        for d in dependencies
    )


def resolve_jars(
    cache: Path = CACHE,
    *,
    offline: bool = False,
    progress: Progress = silent,
    jars: tuple[Jar, ...] | None = None,
) -> tuple[Path, ...]:
    """Paths of all jars, downloading what lacks; ConfigError when a checksum differs from the lock."""
    wanted = locked_jars() if jars is None else jars
    if not _lacking(wanted, cache):
        return tuple(jar.path(cache) for jar in wanted)
    if offline:
        raise ConfigError(f"jars of the broker are not in {cache}: start once without --offline")
    with _alone(cache), _systems_authorities():
        _download_all(_lacking(wanted, cache), cache, progress)
    return tuple(jar.path(cache) for jar in wanted)


def _lacking(wanted: tuple[Jar, ...], cache: Path) -> list[Jar]:
    return [jar for jar in wanted if not _is_intact(jar, cache)]


def _is_intact(jar: Jar, cache: Path) -> bool:
    path = jar.path(cache)
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """One process downloads at a time: the others find the jars when it is their turn."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _systems_authorities() -> Iterator[None]:
    """Whoever the system trusts is trusted, as by pip: a company's proxy has a certificate of its own, and
    requests, by which jgo asks, looks into certifi's list alone. What the user has set stays."""
    known = ssl.get_default_verify_paths().cafile
    if not known or _AUTHORITIES in os.environ or "CURL_CA_BUNDLE" in os.environ:
        yield
        return
    os.environ[_AUTHORITIES] = known
    try:
        yield
    finally:
        del os.environ[_AUTHORITIES]


def _download_all(missing: list[Jar], cache: Path, progress: Progress) -> None:
    with ThreadPoolExecutor(_DOWNLOADS) as pool:
        paths = pool.map(lambda jar: _download(jar, cache), missing)
        for number, path in enumerate(paths, 1):
            size = path.stat().st_size / _MIB
            progress(f"[{number}/{len(missing)}] {path.name} {size:.1f} MB")


def _download(jar: Jar, cache: Path) -> Path:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - slow to import, rarely needed
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    own = GlobalSettings.load().repositories  # the user's own mirrors, in ~/.config/jgo.conf
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=cache,
        remote_repos={"central": MAVEN_CENTRAL_URL, **own},
        timeout=60,
    )
    path = jar.path(cache)
    path.unlink(missing_ok=True)  # what an interrupted download left
    try:
        context.project(jar.group, jar.name).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError) as error:
        raise TransientError(
            f"could not download {path.name}: {error}\nThe first start needs a way to Maven Central, or to"
            " a mirror: [repositories] in ~/.config/jgo.conf, as NAME = URL. What has come is kept."
        ) from error
    return _checked(jar, path)


def _checked(jar: Jar, path: Path) -> Path:
    found = _sha256(path)
    if found != jar.sha256:
        path.unlink()
        raise ConfigError(
            f"{path.name} has sha256 {found}, deploy/local/jgo.lock.toml says {jar.sha256}:"
            " refused. Check the repository that it came from"
        )
    return path
