"""The labels "Last received", and each app's plan, as topic last-received tells them. Pure.

A label only repeats what receipts said; why one is empty is said by the counts beside it, and by
the posts to unknown tokens, which belong to a store and to no app.
"""

from dataclasses import dataclass
from datetime import datetime

from streams.contracts import stores
from streams.contracts.codec import decode
from streams.contracts.ids import AppId, StoreName
from streams.contracts.money import MICROS
from streams.contracts.outcome import LastReceived, Shipping, why_empty, wrong_secret
from streams.contracts.project import App, Project
from streams.contracts.step import Record

EMPTY = "No notifications received"
WRONG_SECRET = "wrong secret? every notification so far failed on its signature"  # noqa: S105 - a text
_OWN_POSTS = "-"
_NO_APP = AppId("-")
_UNKNOWN = "unknown_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLabel:
    """`text`: what to show. `why`: why there is no time, empty when there is one."""

    store: StoreName
    title: str
    text: str
    why: str
    warning: str
    last_received_at: datetime | None
    last_authentic_at: datetime | None
    last_untracked_at: datetime | None
    last_rejected_at: datetime | None
    last_rejected_reason: str
    last_rejected_detail: str
    counts: dict[str, int]
    unknown_token_posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billable:
    """What an app's own backend posted as PRODUCTION in one UTC month."""

    month: str
    purchases: int
    usd_micros: int
    usd: float
    unpriced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLabel:
    """`plan_text`: with "(Sandbox)" until the app is shipped."""

    app_id: AppId
    name: str
    plan: str
    plan_text: str
    shipped_at: datetime | None
    billable: tuple[Billable, ...]
    stores: tuple[StoreLabel, ...]


class Labels:
    """The newest word of each key of topic last-received."""

    def __init__(self) -> None:
        self._received: dict[tuple[str, str], LastReceived] = {}
        self._shipping: dict[str, Shipping] = {}

    def learn(self, record: Record) -> None:
        """Raise MalformedError when it says nothing that we can read; what was known stays."""
        app, _, store = (record.key or b"").decode(errors="replace").partition("/")
        if store == _OWN_POSTS:
            self._learn_shipping(app, record)
        elif record.value:
            self._received[app, store] = decode(record.value, LastReceived)
        else:
            self._received.pop((app, store), None)

    def of(self, project: Project) -> tuple[AppLabel, ...]:
        """Every app of the project and every store of it, heard of or not."""
        return tuple(self._app(app) for app in project.apps)

    def received(self, app_id: AppId, name: StoreName) -> tuple[LastReceived | None, int]:
        """What receipts said of one store, and how many posts came to unknown tokens of that kind."""
        strangers = self._received.get((_NO_APP, name))
        unknown = strangers.counts.get(_UNKNOWN, 0) if strangers else 0
        return self._received.get((app_id, name)), unknown

    def _learn_shipping(self, app: str, record: Record) -> None:
        if record.value:
            self._shipping[app] = decode(record.value, Shipping)
        else:
            self._shipping.pop(app, None)

    def _app(self, app: App) -> AppLabel:
        shipping = self._shipping.get(app.app_id, Shipping(app_id=app.app_id))
        title = app.plan.value.title()
        return AppLabel(
            app_id=app.app_id,
            name=app.name,
            plan=app.plan.value,
            plan_text=title if shipping.shipped_at else f"{title} (Sandbox)",
            shipped_at=shipping.shipped_at,
            billable=_billable(shipping),
            stores=tuple(self._store(app.app_id, store.store) for store in app.stores),
        )

    def _store(self, app_id: AppId, name: StoreName) -> StoreLabel:
        found, unknown = self.received(app_id, name)
        label = found or LastReceived(app_id=app_id, store=name)
        return StoreLabel(
            store=name,
            title=stores.BY_NAME[name].title,
            text=_text(label.last_received_at),
            why=why_empty(found, unknown),
            warning=WRONG_SECRET if wrong_secret(found) else "",
            last_received_at=label.last_received_at,
            last_authentic_at=label.last_authentic_at,
            last_untracked_at=label.last_untracked_at,
            last_rejected_at=label.last_rejected_at,
            last_rejected_reason=label.last_rejected_reason,
            last_rejected_detail=label.last_rejected_detail,
            counts=dict(sorted(label.counts.items())),
            unknown_token_posts=unknown,
        )


def _text(at: datetime | None) -> str:
    return f"Last received {at:%Y-%m-%d %H:%M:%S} UTC" if at is not None else EMPTY


def _billable(shipping: Shipping) -> tuple[Billable, ...]:
    return tuple(
        Billable(
            month=month.month,
            purchases=month.purchases,
            usd_micros=month.usd_micros,
            usd=month.usd_micros / MICROS,
            unpriced=month.unpriced,
        )
        for month in shipping.billable
    )
