"""The JSON Schema that is shipped: it is what is generated, and it knows a right body from a wrong one."""

from contextlib import nullcontext as does_not_raise
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sinks.destinations import schema as generated
from sinks.destinations.payload import ADDITIONS, SHAPES, envelope, fields
from sinks.destinations.schema import FIELDS, payload_schema, schema_text
from streams.contracts.codec import read_json, write_json
from streams.contracts.event import Event, EventType
from tests.sinks.destinations.payload_cases import ABSENT, BASE, DELTAS
from tests.sinks.events import event

SHIPPED = Path(generated.__file__).with_name("webhook.schema.json")
VALIDATOR = jsonschema.Draft202012Validator(payload_schema())
BARE: dict[str, Any] = {
    "attributes": {},
    "entitlement_ids": None,
    "product_id": None,
    "period_type": None,
    "purchased_at": None,
    "expires_at": None,
    "currency": None,
    "price_micros": None,
    "price_usd_micros": None,
    "tax_bp": None,
    "commission_bp": None,
    "transaction_id": None,
    "country_code": None,
    "renewal_number": None,
}


def body(told: Event) -> dict[str, Any]:
    read: dict[str, Any] = read_json(write_json(envelope(told)))
    return read


def errors(sent: dict[str, Any]) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(sent)]


@cache
def of_type(type_: EventType) -> jsonschema.Draft202012Validator:
    """Of one type's event alone: quicker than the whole, which tries each type."""
    schema = payload_schema()
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{type_.value}", "$defs": schema["$defs"]}
    )


def test_the_shipped_file_is_what_the_generator_makes() -> None:
    assert SHIPPED.read_text() == schema_text(), (
        "make it anew: python -m sinks schema > sinks/destinations/webhook.schema.json"
    )


def test_the_schema_is_one() -> None:
    with does_not_raise():
        jsonschema.Draft202012Validator.check_schema(payload_schema())


def test_each_field_of_each_type_has_a_schema_and_no_schema_is_of_no_field() -> None:
    used = {name for shape in SHAPES.values() for name in shape} - {"type"}

    assert used == set(FIELDS)


@pytest.mark.parametrize("type_", EventType)
def test_every_event_type_is_valid(type_: EventType) -> None:
    assert errors(body(event(type=type_))) == []


@pytest.mark.parametrize("type_", EventType)
def test_every_event_type_is_valid_when_all_that_may_be_lacking_is(type_: EventType) -> None:
    with does_not_raise():
        of_type(type_).validate(body(event(type=type_, **BARE))["event"])


@pytest.mark.parametrize("case", DELTAS)
def test_revenuecats_own_shape_of_an_event_is_valid(case: str) -> None:
    """The samples as RevenueCat shows them, with our additions beside them."""
    type_, given, delta = DELTAS[case]
    sample = {k: v for k, v in (BASE | {"type": type_.value} | delta).items() if v is not ABSENT}
    additions = body(event(type=type_, **given))["event"][ADDITIONS]

    with does_not_raise():
        of_type(type_).validate({**sample, ADDITIONS: additions})


@pytest.mark.parametrize("type_", EventType)
def test_a_body_that_lacks_a_field_or_has_it_in_another_type_is_not_valid(
    type_: EventType,
) -> None:
    told = event(type=type_, new_product_id="pro:yearly")
    validator = of_type(type_)
    always = [name for name in fields(told) if name not in {"app_id", "new_product_id"}]
    for name in always:
        sent = body(told)["event"]
        # experiments is an array of anything: nobody is enrolled in one
        wrong = "none" if name == "experiments" else [["neither a text nor a number"]]
        assert not validator.is_valid(sent | {name: wrong}), f"{name} may be anything"
        del sent[name]
        assert not validator.is_valid(sent), f"{name} may be missing"


def test_a_field_that_is_added_later_breaks_no_receiver() -> None:
    sent = body(event())
    sent["event"]["a_new_field"] = 1

    assert errors(sent) == []
