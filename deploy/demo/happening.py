"""What happens in the demo's business, as plain values: no store's words, nothing signed yet.

The ground truth is computed from these values; nothing here imports streams or sinks.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MICROS = 1_000_000
APP_STORE = "app_store"
PLAY_STORE = "play_store"
STRIPE = "stripe"
PRODUCTION = "PRODUCTION"
SANDBOX = "SANDBOX"


class Kind(StrEnum):
    """What can happen to a subscription."""

    TRIAL = "trial"  # a free trial began
    STARTED = "started"  # the first paid term
    RENEWED = "renewed"  # a later paid term: regular, after a trial, recovered inside grace
    RETURNED = "returned"  # a later paid term after access had ended
    CHANGED = "changed"  # another product at once: a paid term that cuts the running one
    CHANGE_PLANNED = "change_planned"  # another product from the next term on
    RENEWAL_OFF = "renewal_off"
    RENEWAL_ON = "renewal_on"
    CHARGE_FAILED = "charge_failed"
    GRACE_ENDED = "grace_ended"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    BOUGHT = "bought"  # a one-time purchase


PAYING = frozenset({Kind.STARTED, Kind.RENEWED, Kind.RETURNED, Kind.CHANGED})


class Tracked(StrEnum):
    """When the app's backend tells us whose purchase it is."""

    AT_START = "at_start"
    LATE = "late"  # after its notifications: they wait until then
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """`micros` = amount x 10^6 in the major unit of `currency`."""

    micros: int
    currency: str

    @property
    def text(self) -> str:
        return f"{self.micros / MICROS:.2f} {self.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`months` and `days` make the length of a term; both 0: bought once. `prices` by currency."""

    product_id: str
    store: str
    name: str
    months: int = 0
    days: int = 0
    trial_days: int = 0
    prices: dict[str, int] = field(default_factory=dict)

    @property
    def duration(self) -> str | None:
        """ISO 8601, as in the product map of project.toml."""
        if self.months == 12:  # noqa: PLR2004 - a year
            return "P1Y"
        if self.months:
            return f"P{self.months}M"
        return f"P{self.days // 7}W" if self.days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription (or one-time purchase) at one store. `id` is the store's own."""

    id: str
    store: str
    customer: str
    currency: str
    tracked: Tracked = Tracked.AT_START
    environment: str = PRODUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One period. `number` starts at 1; a trial is a term of price 0."""

    number: int
    product: Product
    starts_at: datetime
    ends_at: datetime
    price: Price

    @property
    def is_trial(self) -> bool:
        return self.price.micros == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing at one moment. `term`: the last one granted; `due`: the next, its charge failing.

    `failing`: a charge was open until this. `renews`, `next_product`: as of now. `grace_until`:
    access goes on until then though the charge failed; None with `access_ends` False: without an
    end. `refund`: what went back of the last term. `times`: how often the store posts the message.
    `changes`: how often the product was changed so far, the planned ones too; of the last of these
    `changed_at`, `changed_product`: the older one, `changed_from`: the first term's number under it.
    `off_at`: when renewal was switched off, as long as it is.
    """

    at: datetime
    number: int  # in its subscription, from 0
    kind: Kind
    subscription: Subscription
    term: Term
    began_at: datetime
    renews: bool
    next_product: Product
    previous_product: Product | None = None
    due: Term | None = None
    failing: bool = False
    grace_until: datetime | None = None
    access_ends: bool = False
    refund: Price | None = None
    times: int = 1
    changes: int = 0
    changed_from: int = 1
    changed_at: datetime | None = None
    changed_product: Product | None = None
    trial: Term | None = None  # the one that it began with
    off_at: datetime | None = None


class Forgery(StrEnum):
    """How somebody tries to pass for a store."""

    TAMPERED = "tampered"  # a genuine message, one fact changed after signing
    STRANGER = "stranger"  # signed well, by somebody else
    OTHER_APP = "other_app"  # genuine, of another app


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """A message that must be refused: `how`, made from what happened in `model`."""

    how: Forgery
    model: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """All of it, in order of time."""

    first_day: datetime
    until: datetime
    subscriptions: tuple[Subscription, ...]
    happenings: tuple[Happening, ...]
    forged: tuple[Forged, ...]
