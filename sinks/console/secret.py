"""What signs the sessions: given, or made at the first start and kept beside the process's other data."""

import secrets
from pathlib import Path

from streams.contracts.errors import ConfigError
from streams.settings.environment import Settings

_NAME = "console-secret"
_LEAST = 16  # characters


def signing_secret(settings: Settings) -> str:
    """Raise ConfigError when it is too short to be one, or can't be kept."""
    given = settings.console_secret
    secret = given.reveal() if given is not None else kept_secret(settings.data_dir)
    if len(secret) < _LEAST:
        where = "SN_CONSOLE_SECRET" if given is not None else str(settings.data_dir / _NAME)
        raise ConfigError(
            f"{where} is shorter than {_LEAST} characters: python -m streams new-token makes one"
        )
    return secret


def kept_secret(folder: Path) -> str:
    """The same after a restart, and for every process with this folder; only its owner may read it."""
    path = folder / _NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"SN_DATA_DIR: can't keep the console's secret in {path} ({error}): make it writable, or"
            " set SN_CONSOLE_SECRET"
        ) from error


def _make(path: Path) -> None:
    """Whole at once: of two processes that start together one's is kept."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other one's
    finally:
        draft.unlink()
