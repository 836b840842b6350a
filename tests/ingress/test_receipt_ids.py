"""Receipt ids: UUIDs of version 7."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

from ingress.receipt_ids import new_receipt_id

NOW = datetime(2026, 11, 23, 12, 30, 15, 123456, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7_that_begins_with_its_milliseconds() -> None:
    for _ in range(1000):
        text = new_receipt_id(NOW)
        found = UUID(text)
        assert (found.version, found.variant, str(found)) == (7, RFC_4122, text)
        assert found.int >> 80 == int(NOW.timestamp() * 1000)


def test_ids_of_one_moment_differ_in_their_74_random_bits() -> None:
    ids = [UUID(new_receipt_id(NOW)).int for _ in range(1000)]
    assert len(set(ids)) == 1000
    seen = 0
    for one in ids:
        seen |= one ^ ids[0]
    assert seen.bit_count() == 74
