"""POST .../attributes and .../alias: what a backend may say of a customer, and what is written then."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus

import pytest

from ingress.identities import read_attributes
from streams.contracts.codec import decode, write_json
from streams.contracts.customer import Attributes, CustomerAlias
from streams.contracts.errors import MalformedError
from streams.contracts.topics import CUSTOMER_INBOX, HEADER_KIND
from streams.settings.kafka import KafkaSettings
from tests.ingress.doors import KEY, Door, Tail

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
NOW_MS = 1795437000000


@pytest.fixture
async def inbox(kafka: KafkaSettings, topics: tuple[str, ...]) -> AsyncIterator[Tail]:
    async with Tail(kafka, CUSTOMER_INBOX) as tail:
        yield tail


@pytest.mark.parametrize("whose", ["customers", "subscribers"])
async def test_attributes_are_200_when_they_are_in_the_customer_s_inbox(
    api: Door, inbox: Tail, whose: str
) -> None:
    body = write_json({"attributes": {"$email": {"value": "a@b.co", "updated_at_ms": 5}}})
    path = f"/v1/{whose}/%7Bann%2Fb%7D/attributes"
    assert await api.post(body, path, Authorization=f"Bearer {KEY}") == (HTTPStatus.OK, {})
    (record,) = await inbox.read()
    told = decode(record.value, Attributes)
    assert (record.key, record.header(HEADER_KIND)) == (b"{ann/b}", b"attributes")
    assert (told.customer_id, told.values["$email"]["value"]) == ("{ann/b}", "a@b.co")


async def test_an_alias_is_200_when_it_is_in_the_customer_s_inbox(api: Door, inbox: Tail) -> None:
    body = write_json({"new_app_user_id": "u-42"})
    path = "/v1/subscribers/$RCAnonymousID:0af3/alias"
    assert await api.post(body, path, Authorization=f"Bearer {KEY}") == (HTTPStatus.OK, {})
    (record,) = await inbox.read()
    told = decode(record.value, CustomerAlias)
    assert record.header(HEADER_KIND) == b"customer_alias"
    assert (told.customer_id, told.alias) == ("$RCAnonymousID:0af3", "u-42")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        (
            "/v1/customers/ann/attributes",
            {"attributes": {"9": {"value": "x"}}},
            "attributes.9",
        ),
        (
            "/v1/customers/ann/attributes",
            {"attributes": {"b": {"value": "x"}, "a": {"value": 7}}},
            "attributes.a.value: expected a string or null, got a whole number",
        ),
        (
            "/v1/customers/ann/attributes",
            {"attributes": {"$email": "a@b.co"}},
            "attributes.$email: expected an object, got a string",
        ),
        ("/v1/customers/ann/attributes", {"attributes": {"a": {}}}, "attributes.a.value"),
        ("/v1/customers/%20ann/attributes", {"attributes": {}}, "app_user_id"),
        ("/v1/customers/ann/alias", {}, "new_app_user_id"),
        ("/v1/customers/ann/alias", {"new_app_user_id": ""}, "app_user_id"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_written(
    api: Door, inbox: Tail, path: str, body: dict[str, object], named: str
) -> None:
    answer = await api.post(write_json(body), path, Authorization=f"Bearer {KEY}")
    assert answer[0] == HTTPStatus.BAD_REQUEST
    assert named in answer[1]["error"]
    assert (await api.post(write_json(body), path))[0] == HTTPStatus.UNAUTHORIZED
    assert await inbox.read() == []


def read(**values: object) -> dict[str, dict[str, str | int]]:
    return read_attributes(write_json({"attributes": values}), NOW)


def test_without_a_time_it_was_set_now_and_a_time_ahead_counts_as_now() -> None:
    told = read(a={"value": "x"}, b={"value": "y", "updated_at_ms": NOW_MS + 1})
    assert [told[name]["updated_at_ms"] for name in "ab"] == [NOW_MS, NOW_MS]


def test_null_and_the_empty_text_take_an_attribute_away() -> None:
    told = read(a={"value": None}, b={"value": ""})
    assert [told[name]["value"] for name in "ab"] == ["", ""]


def test_reserved_names_do_not_count_among_one_s_own() -> None:
    own = {f"a{n}": {"value": "x"} for n in range(50)}
    assert len(read(**own, **{"$email": {"value": "x"}, "$ip": {"value": "x"}})) == 52
    with pytest.raises(MalformedError, match="51 of your own"):
        read(**own, one_more={"value": "x"})


@pytest.mark.parametrize("name", ["a" * 41, "$", "a b", "_a", "$$a"])
def test_a_wrong_name_is_refused(name: str) -> None:
    with pytest.raises(MalformedError, match="a name has a letter"):
        read(**{name: {"value": "x"}})


def test_a_value_has_up_to_500_characters() -> None:
    assert read(a={"value": "x" * 500})
    with pytest.raises(MalformedError, match="longer than 500"):
        read(a={"value": "x" * 501})
