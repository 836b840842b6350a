"""What can't be read is told in its sender's words: no name of ours, no type of Python's."""

from datetime import datetime
from enum import StrEnum

import msgspec
import pytest

from streams.contracts.codec import convert, decode
from streams.contracts.errors import MalformedError
from streams.contracts.posting import Post


class _Color(StrEnum):
    RED = "red"


class _Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    count: int = 0
    at: datetime | None = None
    color: _Color = _Color.RED
    body: bytes = b""
    parts: tuple["_Part", ...] = ()


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    share: float
    known: bool = True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "expected an object, got an array"),
        ("{}", "name: is missing, and needed"),
        ('{"name": 1}', "name: expected a string, got a whole number"),
        ('{"name": "a", "cuont": 1}', "cuont: is not known: remove it, or correct its name"),
        ('{"name": "a", "count": "1"}', "count: expected a whole number, got a string"),
        ('{"name": "a", "at": 3}', "at: expected a time of RFC 3339 or null, got a whole number"),
        ('{"name": "a", "at": "noon"}', "at: is no time of RFC 3339"),
        ('{"name": "a", "color": "blue"}', "color: is not known: 'blue'"),
        ('{"name": "a", "body": "%"}', "body: is no base64"),
        ('{"name": "a", "parts": [{"share": 1}, {}]}', "parts[1].share: is missing, and needed"),
        (
            '{"name": "a", "parts": [{"share": "1"}]}',
            "parts[0].share: expected a number, got a string",
        ),
        ('{"name": "a", "parts": {}}', "parts: expected an array, got an object"),
        ('{"name": ', "not JSON: it ends too early"),
        ("{name", "not JSON: object keys must be strings (byte 1)"),
    ],
)
def test_it_names_the_place_and_what_is_wanted_there(text: str, told: str) -> None:
    with pytest.raises(MalformedError) as raised:
        decode(text.encode(), _Order)
    assert str(raised.value) == told


def test_bytes_that_are_no_text_are_told_as_such() -> None:
    with pytest.raises(MalformedError, match="not UTF-8"):
        decode(b'{"name": "\xff"}', _Order)


def test_one_of_many_is_found_by_its_number() -> None:
    with pytest.raises(MalformedError, match=r"^\[1\]\.app_user_id: is missing"):
        decode(b'[{"store": "stripe", "app_user_id": "u"}, {"store": "stripe"}]', list[Post])


def test_a_part_of_something_larger_says_where_it_stands() -> None:
    for body, told in (
        (b"{}", "data.object.name: is missing, and needed"),
        (b"[]", "data.object: expected an object, got an array"),
        (b"{", "data.object: not JSON: it ends too early"),
        (b'{"name": "\xff"}', "data.object: not UTF-8"),
    ):
        with pytest.raises(MalformedError) as raised:
            decode(body, _Order, at="data.object")
        assert str(raised.value) == told
    with pytest.raises(MalformedError, match=r"^items\[0\]\.name: is missing"):
        decode(b"[{}]", list[_Order], at="items")


def test_values_that_were_read_before_are_told_alike() -> None:
    with pytest.raises(MalformedError, match=r"^count: expected a whole number, got a string"):
        convert({"name": "a", "count": "1"}, _Order)
