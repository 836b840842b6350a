"""A token has one spelling: base64url that is not canonical is refused."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.contracts.errors import MalformedError
from streams.verify.compact import decode_segment, split


def _spelled(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


@given(raw=st.binary(max_size=64))
def test_what_is_encoded_canonically_decodes_to_itself(raw: bytes) -> None:
    assert decode_segment(_spelled(raw)) == raw


@settings(max_examples=2000)
@given(
    segment=st.binary(max_size=12)
    | st.text("AZaz09-_+/=. \n", max_size=9).map(str.encode)
    | st.binary(max_size=8).map(urlsafe_b64encode)
)
def test_a_segment_is_accepted_exactly_when_encoding_it_again_gives_it_back(segment: bytes) -> None:
    try:
        decoded = decode_segment(segment)
    except MalformedError:
        padded = segment + b"=" * (-len(segment) % 4)
        assert not _is_canonical(segment, padded)
        return
    assert _spelled(decoded) == segment


def _is_canonical(segment: bytes, padded: bytes) -> bool:
    try:
        return _spelled(urlsafe_b64decode(padded)) == segment
    except ValueError:
        return False


@pytest.mark.parametrize(
    "segment",
    {
        "padding": b"QQ==",
        "a line break": b"QUJD\n",
        "the standard alphabet": b"+/+/",
        "an impossible length": b"QUJDR",
        "spare bits of two": b"QR",
        "spare bits of four": b"QUL",
        "a padding sign inside": b"QU=D",
    }.values(),
)
def test_other_spellings_are_refused(segment: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_segment(segment)


def test_a_token_is_three_segments_and_signs_the_first_two() -> None:
    compact = split("aa.bb.cc")

    assert (compact.header, compact.payload, compact.signature) == (b"aa", b"bb", b"cc")
    assert compact.signed == b"aa.bb"


@pytest.mark.parametrize("token", ["", "aa", "aa.bb", "aa.bb.cc.dd", "ää.bb.cc"])
def test_anything_else_is_no_token(token: str) -> None:
    with pytest.raises(MalformedError):
        split(token)
