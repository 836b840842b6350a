"""A product that is sold and not listed is told, with what to add; one that is listed since is not."""

from dataclasses import replace
from datetime import timedelta

from sinks.charts.engine import Engine
from sinks.charts.reader import Reader
from sinks.charts.unlisted import Unlisted, unlisted
from sinks.charts.writer import Writer
from streams.contracts.event import EventType
from streams.contracts.ids import StoreName
from streams.contracts.project import Product
from tests.sinks.charts.test_last_received import PROJECT
from tests.sinks.console.kept import told

LISTED = replace(
    PROJECT,
    products=(
        Product(product_id="pro.monthly", entitlements=("pro",)),
        Product(product_id="coins"),  # grants nothing, and says so
        Product(product_id="plus", store=StoreName("play_store"), entitlements=("plus",)),
    ),
)


def test_what_is_listed_in_one_way_or_another_is_not_told() -> None:
    sold = [("app_store", "coins", 3), ("play_store", "plus:yearly", 2)]
    assert unlisted(sold, LISTED) == ()


def test_what_is_not_listed_is_named_and_of_many_the_first() -> None:
    sold = [("app_store", f"new{n}", 9 - n) for n in range(7)]
    (one,) = unlisted([*sold, ("app_store", "plus", 1)], LISTED)
    assert "new0 (app_store), new1 (app_store)" in one.what
    assert "new4 (app_store) and 3 more." in one.what
    assert "[[products]]" in one.do


async def test_the_sales_of_a_week_are_looked_at_and_only_where_products_are_listed(
    clickhouse: Engine, writer: Writer
) -> None:
    week = int(timedelta(days=7) / timedelta(minutes=1))
    bought, nothing = EventType.INITIAL_PURCHASE, {"entitlement_ids": None}
    writer.write(
        [
            told("1", bought, 9, product_id="gold", **nothing),
            told("2", bought, 9, product_id="coins", **nothing),
            told("3", bought, 9, product_id="silver", entitlement_ids=("pro",)),
            told("4", bought, week + 1, product_id="bronze", **nothing),
            told("5", EventType.CANCELLATION, 9, product_id="iron", **nothing),
        ]
    )
    async with Reader(clickhouse) as reader:
        (one,) = await Unlisted(reader, LISTED).attention()
        assert await Unlisted(reader, PROJECT).attention() == ()
    assert one.what.startswith("Sold in the last week and not in project.toml: gold (app_store).")
