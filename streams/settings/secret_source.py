"""Where a secret comes from: `{env = "NAME"}` or `{file = "path"}`, and never the file itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.contracts.errors import ConfigError
from streams.settings.secret import Secret

REMEDY = 'write {env = "NAME"} or {file = "path"}; a secret never stands in the file itself'
_SECRET_WORDS = frozenset({"secret", "secrets", "password", "token", "tokens", "authorization"})
_SECRET_KEYS = (
    *("api_key", "private_key", "signing_key", "access_key", "secret_key", "write_key"),
    *("account_key", "credentials"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """`file`: project.toml; relative paths are relative to its folder."""

    file: Path
    environ: Mapping[str, str]

    def secret(self, value: object, path: str) -> Secret:
        """The secret that `value` points at; ConfigError names `path` and the remedy."""
        kind, name = self.pointer(value, path)
        if kind == "env":
            return self._given(self.environ.get(name, ""), path, f"variable {name}")
        return self._given(self._read(name, path), path, f"file {name}")

    def pointer(self, value: object, path: str) -> tuple[str, str]:
        """Where it points: "env" or "file", and the name. Nothing is read."""
        match value:
            case {"env": str(name), **rest} if not rest:
                return "env", name
            case {"file": str(name), **rest} if not rest:
                return "file", name
            case _:
                raise ConfigError(f"{self.file}: {path}: not a secret's source: {REMEDY}")

    def options(self, value: Any, path: str) -> Any:  # noqa: ANN401 - any TOML value, rebuilt
        """`value` with every source inside replaced by its Secret; literal secrets are refused."""
        if isinstance(value, dict) and set(value) in ({"env"}, {"file"}):
            return self.secret(value, path)
        if isinstance(value, dict):
            return {key: self._option(key, part, f"{path}.{key}") for key, part in value.items()}
        if isinstance(value, list):
            return [self.options(part, f"{path}[{i}]") for i, part in enumerate(value)]
        return value

    def url(self, value: object, path: str) -> str:
        """A web address, given or as a secret; ConfigError when it is neither."""
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            return value
        if isinstance(value, dict):
            return self.secret(value, path).reveal()
        raise ConfigError(
            f'{self.file}: {path}: write "https://..." or {{env = "NAME"}} or {{file = "path"}}'
        )

    def refuse_secrets(self, options: Mapping[str, Any], path: str) -> None:
        """A store's options hold what is public: ids, audiences, fingerprints."""
        for key, value in options.items():
            if _names_a_secret(key) or (
                isinstance(value, dict) and set(value) in ({"env"}, {"file"})
            ):
                raise ConfigError(
                    f"{self.file}: {path}.{key}: put secrets into `secrets` of the store: {REMEDY}"
                )

    def _option(self, key: str, value: object, path: str) -> object:
        if _names_a_secret(key):
            literals = value if isinstance(value, list) else [value]
            if any(isinstance(part, str) for part in literals):
                raise ConfigError(f"{self.file}: {path}: a literal secret: {REMEDY}")
        return self.options(value, path)

    def _given(self, value: str, path: str, source: str) -> Secret:
        value = value.strip()
        if not value:
            raise ConfigError(
                f"{self.file}: {path}: {source} is empty or not set: put the secret there"
            )
        return Secret(value)

    def _read(self, name: str, path: str) -> str:
        try:
            return (self.file.parent / name).read_text(encoding="utf-8-sig")  # as project.toml
        except FileNotFoundError as error:
            raise ConfigError(
                f"{self.file}: {path}: there is no file {name}: put the secret into it"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigError(f"{self.file}: {path}: can't read file {name}: {why}") from error


class SecretForms(SecretSource):
    """Looks only at how secrets are pointed at, and reads none: what stands for one is empty."""

    __slots__ = ()

    def secret(self, value: object, path: str) -> Secret:
        self.pointer(value, path)
        return Secret("")


def _names_a_secret(key: str) -> bool:
    words = key.lower().replace("-", "_")
    return words.endswith(_SECRET_KEYS) or words.rsplit("_", 1)[-1] in _SECRET_WORDS
