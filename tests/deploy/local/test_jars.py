"""Only jars with the lock's checksum are ever used, wherever they come from."""

import hashlib
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.jars import Jar, locked_jars, resolve_jars
from streams.contracts.errors import ConfigError, TransientError
from tests.certificate import NOW, Certificate

CONTENT = b"the bytes of a jar"


def _jar(content: bytes = CONTENT) -> Jar:
    return Jar(
        group="org.example", name="thing", version="1.0", sha256=hashlib.sha256(content).hexdigest()
    )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """No line for each request."""


@pytest.fixture
def certificate() -> Certificate | None:
    """With one the repository speaks TLS."""
    return None


@pytest.fixture
def repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: Certificate | None
) -> Iterator[Path]:
    """A Maven repository on loopback, set as the user's own mirror of the central one."""
    root = tmp_path / "repository"
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    if certificate is not None:
        server.socket = certificate.serving().wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    settings = tmp_path / "jgo.conf"
    settings.write_text(
        f"[repositories]\ncentral = {scheme}://127.0.0.1:{server.server_address[1]}\n"
    )
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    yield root
    server.shutdown()
    thread.join()
    server.server_close()


def _publish(repository: Path, content: bytes) -> None:
    path = _jar().path(repository)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    digest = hashlib.sha1(content).hexdigest()
    path.with_name(path.name + ".sha1").write_text(digest)


def test_the_lock_has_a_checksum_of_every_jar_and_no_address() -> None:
    jars = locked_jars()
    assert len(jars) > 40
    assert all(len(jar.sha256) == 64 for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}
    assert "http" not in Path("deploy/local/jgo.lock.toml").read_text()


def test_a_missing_jar_is_downloaded_once_and_told(repository: Path, tmp_path: Path) -> None:
    _publish(repository, CONTENT)
    lines: list[str] = []
    (path,) = resolve_jars(tmp_path / "cache", progress=lines.append, jars=(_jar(),))
    assert path.read_bytes() == CONTENT
    assert lines == ["[1/1] thing-1.0.jar 0.0 MB"]
    again = resolve_jars(tmp_path / "cache", offline=True, progress=lines.append, jars=(_jar(),))
    assert again == (path,)
    assert len(lines) == 1


class TestWhoIsTrusted:
    """A repository behind a certificate that certifi does not know."""

    @pytest.fixture
    def certificate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.delenv(name, raising=False)
        return Certificate(tmp_path, NOW + timedelta(days=1))

    def test_the_system_s_authorities_are(
        self,
        certificate: Certificate,
        repository: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        _publish(repository, CONTENT)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        (path,) = resolve_jars(tmp_path / "cache", jars=(_jar(),))
        assert path.read_bytes() == CONTENT
        assert "REQUESTS_CA_BUNDLE" not in os.environ

    def test_nobody_else_is(self, repository: Path, tmp_path: Path) -> None:
        _publish(repository, CONTENT)
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            resolve_jars(tmp_path / "cache", jars=(_jar(),))


def test_a_download_that_was_cut_off_is_done_again(repository: Path, tmp_path: Path) -> None:
    _publish(repository, CONTENT)
    half = _jar().path(tmp_path / "cache")
    half.parent.mkdir(parents=True)
    half.write_bytes(CONTENT[:5])
    (path,) = resolve_jars(tmp_path / "cache", jars=(_jar(),))
    assert path.read_bytes() == CONTENT


def test_a_jar_that_differs_from_the_lock_is_refused_and_not_kept(
    repository: Path, tmp_path: Path
) -> None:
    _publish(repository, b"other bytes")
    with pytest.raises(ConfigError, match=r"thing-1\.0\.jar has sha256 .* refused"):
        resolve_jars(tmp_path / "cache", jars=(_jar(),))
    assert not _jar().path(tmp_path / "cache").exists()


def test_what_the_repository_does_not_have_is_told(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"could not download thing-1\.0\.jar(?s:.*)jgo\.conf"):
        resolve_jars(tmp_path / "cache", jars=(_jar(),))


def test_offline_never_downloads(repository: Path, tmp_path: Path) -> None:
    _publish(repository, CONTENT)
    with pytest.raises(ConfigError, match="start once without --offline"):
        resolve_jars(tmp_path / "cache", offline=True, jars=(_jar(),))
