"""The demo's whole history through real processes: posted over HTTP, read at the other ends."""

from collections import Counter

import pytest

from deploy.demo.expected import expected
from deploy.demo.happening import Tracked
from deploy.demo.service import Service
from deploy.demo.summary import gather, shown
from tests.e2e.conftest import Played
from tests.e2e.stack import Running

pytestmark = pytest.mark.timeout(600)

_EVENTS = """\
SELECT toString(event_id) AS id, purchase_key, type, count() AS rows
FROM events FINAL GROUP BY event_id, purchase_key, type
"""


def _own(key: str, history: Played) -> str | None:
    """The subscription's id when it is of this history."""
    ids = {one.id for one in history.business.subscriptions}
    name = key.rsplit("/", 1)[-1]
    return name if name in ids else None


async def test_everything_arrives(history: Played) -> None:
    assert history.result.missing == ""


async def test_every_event_is_in_clickhouse_once_and_is_what_the_script_expects(
    history: Played, service: Service
) -> None:
    rows = [row for row in await service.query(_EVENTS) if _own(row["purchase_key"], history)]
    assert {row["rows"] for row in rows} == {1}
    told = Counter((_own(row["purchase_key"], history), row["type"]) for row in rows)
    assert told == expected(history.part.happenings)


async def test_the_receiver_has_every_event_of_clickhouse_by_its_id_and_no_other(
    history: Played, service: Service
) -> None:
    received = await service.get(f"{service.addresses.receiver}/ids")
    written = {row["id"] for row in await service.query(_EVENTS)}
    assert set(received) == written
    assert (await service.received())["refused"] == 0


async def test_the_charts_equal_the_ground_truth_per_day_and_store_to_the_micro(
    history: Played,
) -> None:
    assert history.comparison.differences == ()
    assert history.comparison.days == 91
    assert history.comparison.stores == ["app_store", "play_store", "stripe"]


async def test_nothing_of_the_sandbox_is_in_a_production_chart(
    history: Played, service: Service
) -> None:
    sandbox = await service.query(
        "SELECT countIf(environment = 'SANDBOX') AS events FROM events FINAL"
    )
    assert sandbox[0]["events"] > 0
    charted = history.comparison.charted
    assert sum(one.active for one in charted.values()) > 0  # and equal to a truth without sandbox


async def test_every_forgery_is_rejected_and_every_message_of_google_is_answered_by_its_api(
    history: Played,
) -> None:
    counts = history.outcomes
    assert counts["rejected"] == len(history.part.forged)
    assert counts["needs_credentials"] == 0
    assert counts["test"] == 1


async def test_labels_say_when_each_store_was_last_received(
    history: Played, service: Service
) -> None:
    told = await service.get(f"{service.addresses.charts}/v1/last-received")
    app = told["apps"][0]
    assert app["plan_text"] == "Grow"
    assert app["shipped_at"]
    for store in app["stores"]:
        assert store["text"].startswith("Last received 20")
        assert store["last_rejected_reason"] in {"signature", "wrong_app"}


async def test_the_billable_figure_counts_production_posts_alone(
    history: Played, service: Service
) -> None:
    told = await service.get(f"{service.addresses.charts}/v1/last-received")
    billed = told["apps"][0]["billable"]
    posted = [
        one
        for tracked in (Tracked.AT_START, Tracked.LATE)
        for one in history.part.beginnings(tracked)
        if one.subscription.environment == "PRODUCTION"
    ]
    assert sum(month["purchases"] for month in billed) >= len(posted)
    assert sum(month["unpriced"] for month in billed) == 0


async def test_sinks_status_shows_it_to_a_person(history: Played, running: Running) -> None:
    said = await running.stack.run("sinks", "status")
    for words in ("App Store", "Stripe", "Google Play", "Last received 20", "matched", "rejected"):
        assert words in said


async def test_the_summary_tells_all_of_it(
    history: Played, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console  # noqa: PLC0415 - bound to the captured stdout

    gathered = await gather(service, history.comparison, history.result)
    Console(width=100).print(shown(gathered, service.addresses))
    said = capsys.readouterr().out
    assert "equal to the ground truth, to the micro" in said
    assert f"{history.result.webhooks:,} of {history.result.webhooks:,} events delivered" in said
    assert '"api_version": "1.0"' in said
