"""The plain views: they say the same as the charts, and money as it moved, by hand."""

from datetime import date, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from sinks.charts.writer import Writer
from streams.observe import clock
from tests.sinks.charts.asking import active, ask, mrr, tell, write
from tests.sinks.charts.frozen import frozen
from tests.sinks.charts.lives import lives
from tests.sinks.charts.story import Story, micros, moment


def rows(client: Client, sql: str, **asked: object) -> list[Any]:
    return list(client.query(sql, parameters=asked).result_rows)


def test_movements_add_up_to_mrr_and_days_to_the_charts(client: Client, writer: Writer) -> None:
    today = clock.now().date()
    tell(writer, lives(11, 150, clock.now()))
    first = today - timedelta(days=40)
    asked = (first.isoformat(), today.isoformat())
    days = [first + timedelta(days=n) for n in range(41)]
    moved = {
        row[0]: row[1:]
        for row in rows(
            client,
            "SELECT toDate(moved_at) AS day, sum(mrr_usd_micros), sum(subscriptions) FROM v_movements"
            " WHERE environment = 'PRODUCTION' GROUP BY day",
        )
    }
    before: tuple[int, int] = (0, 0)
    sums: dict[date, tuple[int, int]] = {}
    for day in sorted({*moved, *days}):
        one = moved.get(day, (0, 0))
        before = (before[0] + one[0], before[1] + one[1])
        sums[day] = before
    assert [sums[day] for day in days] == list(
        zip(mrr(client, *asked), active(client, *asked), strict=True)
    )
    daily = rows(
        client,
        "SELECT day, sum(mrr_usd_micros), sum(active_subscriptions) FROM v_active_daily"
        " WHERE environment = 'PRODUCTION' AND day >= {first:Date} GROUP BY day ORDER BY day",
        first=first,
    )
    assert daily == [(day, *sums[day]) for day in days]


def test_every_kind_of_movement(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-08")
    story.pays("2026-01-08", "2026-02-08", "10.00")
    story.pays("2026-02-08", "2026-03-08", "15.00", product_id="max")
    story.pays("2026-03-08", "2026-04-08", "4.00")
    story.pays("2026-04-08", "2026-05-08", "4.50", price_micros=micros("4.00"))
    story.pays("2026-06-01", "2026-07-01", "4.00")
    story.pays("2026-07-01", "2026-08-01", None)
    write(writer, story)
    found = rows(
        client,
        "SELECT toDate(moved_at), kind, mrr_usd_micros / 1e6, subscriptions, unpriced, product_id"
        " FROM v_movements ORDER BY moved_at",
    )
    assert found == [
        (date(2026, 1, 8), "new", 10.0, 1, False, "pro"),
        (date(2026, 2, 8), "expansion", 5.0, 0, False, "max"),
        (date(2026, 3, 8), "contraction", -11.0, 0, False, "pro"),
        (date(2026, 4, 8), "fx", 0.5, 0, False, "pro"),
        (date(2026, 5, 8), "churned", -4.5, -1, False, "pro"),
        (date(2026, 6, 1), "reactivation", 4.0, 1, False, "pro"),
        (date(2026, 7, 1), "contraction", -4.0, 0, True, "pro"),
        (date(2026, 8, 1), "churned", 0.0, -1, True, "pro"),
    ]


def test_what_may_yet_be_renewed_has_not_moved(client: Client, writer: Writer) -> None:
    story = Story()
    story.pays("2026-02-10 12:00", "2026-03-10 12:00", "9.99")
    write(writer, story)
    for hours, left in ((-1, 9_990_000), (23, 9_990_000), (25, 0)):
        now = moment("2026-03-10 12:00") + timedelta(hours=hours)
        with frozen(client, now):
            total = rows(client, "SELECT sum(mrr_usd_micros) FROM v_movements")
            daily = rows(
                client,
                "SELECT sum(mrr_usd_micros) FROM v_active_daily WHERE day = {day:Date}",
                day=now.date(),
            )
            today = now.date().isoformat()
            assert [total[0][0], daily[0][0], *mrr(client, today, today)] == [left, left, left]


def test_money_is_on_its_day_and_a_reversed_refund_is_none(client: Client, writer: Writer) -> None:
    story = Story()
    story.tries("2026-01-01", "2026-01-08")
    story.pays("2026-01-08", "2026-02-08", "10.00", tax_bp=2_000, commission_bp=1_500)
    story.pays("2026-02-08", "2026-03-08", None)
    story.refunds("2026-01-20", "10.00", refund="back", of=2)
    story.refunds("2026-02-20", "3.00", refund="undone", of=3)
    story.refund_is_undone("2026-02-21", refund="undone", of=3)
    write(writer, story)
    found = rows(
        client,
        "SELECT toDate(paid_at), kind, price_usd_micros, proceeds_usd_micros FROM v_payments ORDER BY paid_at",
    )
    assert found == [
        (date(2026, 1, 8), "payment", 10_000_000, 6_500_000),
        (date(2026, 1, 20), "refund", -10_000_000, -10_000_000),
        (date(2026, 2, 8), "payment", None, None),
    ]


def test_a_period_is_a_row_that_any_tool_can_read(client: Client, writer: Writer) -> None:
    story = Story(country=None)
    story.pays("2026-01-01", "2026-02-01", "5.00")
    story.pays("2026-02-01", "2026-03-01", None)
    write(writer, story)
    found = rows(
        client,
        "SELECT number, toDate(started_at), toDate(ended_at), kind, paid, mrr_usd, unpriced FROM v_periods"
        " ORDER BY number",
    )
    assert [(*row[:5], float(row[5]), row[6]) for row in found] == [
        (1, date(2026, 1, 1), date(2026, 2, 1), "normal", True, 5.0, False),
        (2, date(2026, 2, 1), date(2026, 3, 1), "normal", True, 0.0, True),
    ]
    assert (
        ask(client, "active_subscriptions", start="2026-02-10", to="2026-02-10")[0]["unpriced"] == 1
    )


def test_every_view_to_click_has_columns_that_a_tool_can_list(client: Client) -> None:
    found = rows(
        client,
        "SELECT table, count() FROM system.columns WHERE database = currentDatabase() AND table LIKE 'v\\\\_%'"
        " GROUP BY table ORDER BY table",
    )
    assert [row[0] for row in found] == ["v_active_daily", "v_movements", "v_payments", "v_periods"]
    assert min(row[1] for row in found) > 10
