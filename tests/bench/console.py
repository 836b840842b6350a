"""`python -m tests.bench.console [PICTURES]`: each page's time with 100,000 notifications stored.

100,000 notifications, their outcomes, events and delivery attempts in chDB, in parts as inserting left
them; the console in this process, asked over HTTP on loopback. A page is asked for when nothing of it
is at hand any more: median and worst of seven by the clock, and the CPU time of all threads, ClickHouse's
too (on a machine that is busy otherwise read the latter). PICTURES: a folder; Chromium then also
takes a picture of each page there, at a desk's width in both lights and at a phone's.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import engine
from sinks.charts.reader import FRESH
from sinks.console.paths import customer_path, notification_path, purchase_path
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import BillableMonth, LastReceived, Shipping
from streams.contracts.project import App, AppStore, Plan, Project
from streams.observe import clock
from tests.bench.charts_tables import database, fill
from tests.bench.table import asked, show
from tests.sinks.charts.test_last_received import word
from tests.sinks.console.site import Site, site
from tests.sinks.delivery.deliveries import plan

EVENTS = 100_000
TIMES = 7
GOAL_MS = 200
_APP, _STORE = AppId("tide"), StoreName("app_store")
_PROJECT = Project(
    name="Tide",
    sha256="",
    apps=(
        App(
            app_id=_APP,
            name="Tidepool",
            plan=Plan.GROW,
            stores=(
                AppStore(store=_STORE),
                AppStore(store=StoreName("stripe"), track_new="metadata.app_user_id", asked=True),
                AppStore(store=StoreName("play_store")),
            ),
        ),
    ),
)
# Read anew by the setup page, at each request.
_FILE = f"""
[project]
name = "Tide"
[[apps]]
id = "{_APP}"
[[apps.stores]]
store = "stripe"
"""
_WHEN = "now64(3) - toIntervalMillisecond(cityHash64(event_id) % (86400000 * 30))"
_NOTIFICATIONS = f"""
INSERT INTO notifications (topic, app_id, store, received_at, receipt_id, source, origin, environments,
  token_hint, request_headers, record_headers, body)
SELECT 'notifications.raw', app_id, store, {_WHEN}, receipt_id,
  concat('notifications.raw:0:', toString(rowNumberInAllBlocks())), 'notification', ['PRODUCTION'], 'a1b2c3',
  [('content-type', 'application/json')], map(), concat('{{"signedPayload":"', repeat(notification_id, 90), '"}}')
FROM events
"""
_OUTCOMES = f"""
INSERT INTO outcomes (app_id, store, kind, received_at, source, source_offset, receipt_id, notification_id,
  notification_type, purchase_key, customer_id, origin, environment, tracked, count, events)
SELECT app_id, store,
  multiIf(cityHash64(event_id) % 53 = 0, 'parked', cityHash64(event_id) % 97 = 0, 'duplicate', 'matched') AS kind,
  {_WHEN}, 'purchases.inbox.v1/0', rowNumberInAllBlocks(), receipt_id, notification_id, notification_type,
  purchase_key, customer_id, 'notification', environment, kind != 'parked', 1, 1
FROM events
"""
_ATTEMPTS = f"""
INSERT INTO attempts (destination, started_at, event_id, attempt, result, destination_type, app_id, store,
  environment, event_type, event_received_at, status, total_ms, dns_ms, connect_ms, first_byte_ms)
SELECT 'backend', {_WHEN}, toString(event_id), 1, if(cityHash64(event_id) % 31 = 0, 'retry', 'delivered'),
  'webhook', app_id, store, environment, type, {_WHEN}, if(cityHash64(event_id) % 31 = 0, 503, 200), 41.5, 0.4, 1.5, 39.0
FROM events
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a page can be of."""

    receipt_id: str
    customer_id: str
    purchase_key: str


# Every page, a line each.
PAGES: tuple[tuple[str, Callable[[Found], str]], ...] = (
    ("stores", lambda _: "/"),
    ("setup", lambda _: f"/setup/{_APP}/stripe?check=1"),
    ("destinations", lambda _: "/destinations"),
    ("destination", lambda _: "/destinations/backend"),
    ("charts", lambda _: "/charts"),
    ("mrr", lambda _: "/charts/mrr"),
    ("revenue", lambda _: "/charts/revenue"),
    ("retention", lambda _: "/charts/retention"),
    ("lag", lambda _: "/charts/lag"),
    ("notifications", lambda _: "/notifications"),
    (
        "notifications, filtered",
        lambda _: "/notifications?time=400d&outcome=matched&type=DID_RENEW",
    ),
    ("notifications of a customer", lambda f: f"/notifications?customer={f.customer_id}"),
    ("notification", lambda f: notification_path(f.receipt_id)),
    ("customers", lambda _: "/customers"),
    ("customers, found", lambda f: f"/customers?q={f.customer_id}"),
    ("customer", lambda f: customer_path(_APP, f.customer_id)),
    ("purchase", lambda f: purchase_path(f.purchase_key)),
)


def stored(client: Client) -> Found:
    fill(client, EVENTS)
    for statement in (_NOTIFICATIONS, _OUTCOMES, _ATTEMPTS):
        client.command(statement)
    latest = "SELECT receipt_id, customer_id, purchase_key FROM outcomes ORDER BY received_at DESC LIMIT 1"
    receipt, customer, purchase = client.query(latest).result_rows[0]
    return Found(receipt_id=receipt, customer_id=customer, purchase_key=purchase)


def heard(served: Site) -> None:
    """What Kafka says of the stores."""
    now = clock.now()
    told = LastReceived(
        app_id=_APP,
        store=_STORE,
        last_received_at=now,
        last_authentic_at=now,
        last_rejected_at=now,
        last_rejected_reason="signature",
        last_untracked_at=now,
        counts={"matched": EVENTS - 2_000, "parked": 1_900},
    )
    month = BillableMonth(month=f"{now:%Y-%m}", purchases=1_234, usd_micros=9_876_540_000)
    shipping = Shipping(app_id=_APP, shipped_at=now, billable=(month,))
    served.parts.labels.learn(word(f"{_APP}/{_STORE}", told))
    served.parts.labels.learn(word(f"{_APP}/-", shipping))


async def main(pictures: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        opened, client = database(engine(f"chdb://{folder}/clickhouse"), "console")
        found = stored(client)
        file = Path(folder) / "project.toml"
        file.write_text(_FILE, encoding="utf-8")
        environ = {"SN_PROJECT": str(file)}
        async with site(
            opened, Path(folder), environ, project=_PROJECT, plans=(plan("backend"),)
        ) as served:
            heard(served)
            rows = [await _row(served, name, path(found)) for name, path in PAGES]
            show(
                f"The console's pages with {EVENTS:,} notifications stored (goal: {GOAL_MS} ms)",
                ("page", "median ms", "worst ms", "CPU ms", "kB"),
                rows,
            )
            if pictures is not None:
                await _take(served, found, pictures)
        client.close()


async def _row(served: Site, name: str, path: str) -> tuple[str, ...]:
    size = len(await served.get(path))
    took, spent = [], []
    for _ in range(TIMES):
        await asyncio.sleep(FRESH + 0.1)  # no answer is at hand any more
        started, cpu = time.perf_counter(), time.process_time()
        await served.get(path)
        took.append((time.perf_counter() - started) * 1000)
        spent.append((time.process_time() - cpu) * 1000)
    times = (f"{value:.0f}" for value in (median(took), max(took), median(spent)))
    return name, *times, f"{size / 1024:.0f}"


async def _take(served: Site, found: Found, folder: Path) -> None:
    from tests.e2e.console.pictures import take  # noqa: PLC0415 - Playwright only when it is wanted

    base = str(served.client.make_url("/")).rstrip("/")
    await take(base, [(name, path(found)) for name, path in PAGES], folder)


if __name__ == "__main__":
    parser = asked(__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, metavar="PICTURES")
    asyncio.run(main(parser.parse_args().pictures))
