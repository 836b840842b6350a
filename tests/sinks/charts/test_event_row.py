"""An event as a row: every field that charts may ever need, told as it is or not at all."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sinks.charts.columns import sub_key
from sinks.charts.event_row import event_row
from sinks.charts.writer import Writer
from streams.contracts.codec import encode
from streams.contracts.errors import MalformedError
from streams.contracts.event import Event, EventType
from streams.contracts.ids import CustomerId
from streams.contracts.words import Reason
from tests.sinks.charts.asking import tell
from tests.sinks.events import AT, event

# Named otherwise in the table, or left out: attributes are personal, a store's name is its `store`.
RENAMED = {"id": "event_id", "cancel_reason": "reason", "expiration_reason": "reason"}
LEFT_OUT = {"attributes", "store_name"}


def row(**told: Any) -> dict[str, object]:  # noqa: ANN401 - any field of Event
    return event_row(encode(event(**told)))


def test_every_field_of_an_event_has_its_column() -> None:
    columns = row().keys()
    for field in fields(Event):
        if field.name not in LEFT_OUT:
            assert RENAMED.get(field.name, field.name) in columns, field.name


def test_a_row_is_what_the_table_gives_back(client: Client, writer: Writer) -> None:
    told = event(
        type=EventType.TRANSFER,
        grace_expires_at=AT,
        auto_resume_at=AT,
        expiration_reason=Reason.BILLING_ERROR,
        transferred_from=(CustomerId("ann"),),
        transferred_to=(CustomerId("bob"),),
        offer_type="introductory",
        refund_id="r1",
    )
    tell(writer, [told])
    found = client.query("SELECT * EXCEPT (written_at) FROM events")
    (kept,) = found.named_results()
    given = event_row(encode(told))
    assert {name: kept[name] for name in given} == given
    assert kept.keys() == given.keys()


def test_what_is_not_known_is_empty_or_null() -> None:
    unknown = row(product_id=None, price_usd_micros=None, expires_at=None, renewal_number=None)
    assert (unknown["product_id"], unknown["price_usd_micros"]) == ("", None)
    assert (unknown["expires_at"], unknown["renewal_number"]) == (None, None)


def test_a_later_telling_has_a_greater_version() -> None:
    later = AT.replace(microsecond=AT.microsecond + 1_000)
    assert int(str(row(received_at=later)["version"])) > int(str(row()["version"]))
    assert row()["version"] == row()["version"]


def test_the_key_never_changes() -> None:
    """What is written lies under it for ever."""
    assert sub_key("tide/app_store/PRODUCTION/1") == 11_632_627_089_699_446_993


@pytest.mark.parametrize(
    "told",
    [
        {"id": "not a uuid"},
        {"price_micros": 2**63},
        {"price_usd_micros": -(2**63) - 1},
        {"sequence": -1},
        {"quantity": 2**32},
        {"tax_bp": 2**31},
    ],
)
def test_a_value_that_no_column_holds_is_malformed(told: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        row(**told)


def test_a_time_that_no_column_holds_is_moved_to_the_last_one_that_it_does() -> None:
    distant = row(expires_at=datetime(4001, 1, 1, tzinfo=UTC))
    assert distant["expires_at"] == datetime(2299, 12, 31, tzinfo=UTC)
