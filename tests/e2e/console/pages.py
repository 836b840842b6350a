"""Every page of the console, a line each: the browser walks them all, and the README's pictures are of them."""

from collections.abc import Callable
from dataclasses import dataclass

from sinks.console.paths import customer_path, notification_path, purchase_path
from tests.e2e.console.known import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage:
    """`path`: where it is, made of what is known. `pictured`: the README shows it."""

    name: str
    path: Callable[[Known], str]
    pictured: bool = True


CONSOLE_PAGES = (
    ConsolePage(name="stores", path=lambda _: "/"),
    ConsolePage(name="setup", path=lambda known: f"/setup/{known.app_id}/app_store?check=1"),
    ConsolePage(
        name="setup-play_store",
        path=lambda known: f"/setup/{known.app_id}/play_store",
        pictured=False,
    ),
    ConsolePage(name="destinations", path=lambda _: "/destinations"),
    ConsolePage(name="destination", path=lambda _: "/destinations/backend"),
    ConsolePage(name="charts", path=lambda _: "/charts", pictured=False),
    ConsolePage(name="mrr", path=lambda known: f"/charts/mrr?environment={known.environment}"),
    ConsolePage(
        name="revenue",
        path=lambda known: (
            f"/charts/revenue?segment=store&resolution=month&environment={known.environment}"
        ),
        pictured=False,
    ),
    ConsolePage(
        name="retention", path=lambda known: f"/charts/retention?environment={known.environment}"
    ),
    ConsolePage(
        name="lag",
        path=lambda known: f"/charts/lag?environment={known.environment}",
        pictured=False,
    ),
    ConsolePage(name="notifications", path=lambda _: "/notifications"),
    ConsolePage(name="notification", path=lambda known: notification_path(known.receipt_id)),
    ConsolePage(
        name="parked", path=lambda known: notification_path(known.parked_id), pictured=False
    ),
    ConsolePage(
        name="rejected", path=lambda known: notification_path(known.rejected_id), pictured=False
    ),
    ConsolePage(name="customers", path=lambda _: "/customers"),
    ConsolePage(name="customer", path=lambda known: customer_path(known.app_id, known.customer_id)),
    ConsolePage(name="purchase", path=lambda known: purchase_path(known.purchase_key)),
    ConsolePage(name="refused", path=lambda _: "/nowhere", pictured=False),
)
