"""`forward` of an app's store: the operator's own url, which gets the store's notifications as they came."""

from dataclasses import dataclass, field

from streams.contracts.errors import ConfigError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import Options
from streams.settings.secret_source import SecretSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardSettings:
    """`path`: of the option, with the file. `url` may be a secret, so it is not in the repr."""

    app_id: AppId
    store: StoreName
    path: str
    url: str = field(repr=False)
    options: Options = field(default_factory=dict)

    @property
    def name(self) -> str:
        return forward_name(self.app_id, self.store)


def forward_name(app_id: AppId, store: StoreName) -> str:
    """As in the delivery log and for `destinations pause`; no destination can have such a name."""
    return f"forward/{app_id}/{store}"


def read_forward(
    value: object, source: SecretSource, app_id: AppId, store: StoreName, path: str
) -> ForwardSettings:
    """A url, or a table of a url and its options; ConfigError when it is neither."""
    path = f"{path}.forward"
    if value is True:
        raise ConfigError(f'{source.file}: {path}: true where to? Write forward = "https://..."')
    if not isinstance(value, dict) or "url" not in value:
        url, options = source.url(value, path), {}
    else:
        url = source.url(value["url"], f"{path}.url")
        options = source.options({k: v for k, v in value.items() if k != "url"}, path)
    return ForwardSettings(
        app_id=app_id, store=store, path=f"{source.file}: {path}", url=url, options=options
    )
