"""chart_lag against its oracle: made-up journeys, some told twice, some delivered and some not."""

from datetime import timedelta
from random import Random

from clickhouse_connect.driver.client import Client

from sinks.charts.event_times import EVENT_TIMES, visible
from sinks.charts.rows import read_batch
from sinks.charts.writer import Writer
from sinks.delivery.attempts import Timing
from streams.contracts.event import Event
from streams.contracts.step import Record
from streams.contracts.words import Environment, Origin
from tests.sinks.charts import records
from tests.sinks.charts.asking import ask
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.oracle_calendar import Asked, calendar
from tests.sinks.charts.oracle_lag import SHARES, STAGES, Journey, lag
from tests.sinks.charts.story import Story, moment, record

NOW = moment("2026-11-23 12:34:56")
FIRST, LAST = moment("2026-10-05").date(), moment("2026-12-10").date()
NUMBER = 400
COLUMNS = ["events", "delivered", *(f"{stage}_ms_{name}" for stage in STAGES for name in SHARES)]
SAID = (
    ("day", ""),
    ("week", "store"),
    ("month", "country"),
    ("quarter", "duration"),
    ("year", "offer_type"),
)


def journey(number: int, random: Random) -> Journey:
    def after(earlier: float = 0) -> timedelta:
        return timedelta(milliseconds=round(random.expovariate(1 / 900) + earlier))

    received = NOW - timedelta(milliseconds=random.randrange(80 * 86_400_000))
    story = Story(
        str(number),
        store=random.choice(("app_store", "stripe")),
        environment=Environment.SANDBOX if number % 17 == 0 else Environment.PRODUCTION,
        duration=random.choice(("P1M", None)),
        country=random.choice(("US", "DE", None)),
    )
    event = story.pays(
        received, received + timedelta(days=30), "4.99",
        occurred_at=received - after(), received_at=received,
        origin=random.choice((Origin.NOTIFICATION, Origin.REFRESH)),
        offer_type=random.choice(("winback", None)),
    )  # fmt: skip
    return Journey(
        event=event,
        matched_at=received + after(),
        delivered_at=received + after() if random.random() < 0.7 else None,
        visible_at=received + after(200),
    )


def published(one: Journey) -> Record:
    told = record(one.event)
    return Record(
        topic=told.topic, partition=0, offset=told.offset, key=told.key, value=told.value,
        timestamp_ms=round(one.matched_at.timestamp() * 1000),
    )  # fmt: skip


def see(client: Client, journeys: list[Journey], late: timedelta) -> None:
    for one in journeys:
        (row,) = visible(read_batch([published(one)]).times, one.visible_at + late)
        client.insert(EVENT_TIMES, [list(row.values())], column_names=list(row))


def accepted(one: Journey, event: Event) -> list[Record]:
    """By two destinations; which one came first is what counts."""
    if one.delivered_at is None:
        return []
    timing = Timing(total_ms=0.0, first_byte_ms=0.0)
    same = {"event_id": event.id, "environment": event.environment, "timing": timing}
    return [
        records.attempt(started_at=one.delivered_at + timedelta(seconds=n), destination=f"d{n}", **same)
        for n in (5, 0)
    ]  # fmt: skip


def test_lag_equals_the_oracle(client: Client, writer: Writer) -> None:
    random = Random(29)
    journeys = [journey(number, random) for number in range(NUMBER)]
    see(client, journeys, timedelta())
    see(client, random.sample(journeys, 40), timedelta(minutes=5))
    writer.write([attempt for one in journeys for attempt in accepted(one, one.event)])
    shown_in = [one for one in journeys if one.event.environment is Environment.PRODUCTION]
    with frozen(client, NOW, "lag"):
        for unit, segment in SAID:
            asked = Asked(
                now=NOW, periods=list(calendar(FIRST, LAST, unit)), segment=segment, owners={}
            )
            assert _shown(client, unit, segment) == lag(shown_in, asked), (unit, segment)


def _shown(client: Client, unit: str, segment: str) -> dict[tuple[object, ...], dict[str, object]]:
    rows = ask(client, "lag", start=str(FIRST), to=str(LAST), resolution=unit, segment=segment)
    return {
        (row["period_start"], row["segment"], row["store"], row["origin"]): {
            column: row[column] for column in COLUMNS
        }
        for row in rows
    }
