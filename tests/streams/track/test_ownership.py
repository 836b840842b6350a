"""Whose a purchase is after a second customer posts it."""

import pytest

from streams.contracts.change import ChangeKind
from streams.contracts.project import Restore
from streams.contracts.words import Access, Signal
from tests.streams.track.make import Inbox, day, posted, project, said, standing, term

BOUGHT = said("m1", day(0), Signal.PURCHASED, term(1), standing(1))
EXPIRED = said("m2", day(30), Signal.EXPIRED, standing(1, Access.EXPIRED, renews=False))


@pytest.mark.parametrize(
    ("restore", "expired", "owner"),
    [
        (Restore.TRANSFER, False, "u-2"),
        (Restore.TRANSFER_IF_INACTIVE, False, "u-1"),
        (Restore.TRANSFER_IF_INACTIVE, True, "u-2"),
        (Restore.KEEP, True, "u-1"),
    ],
)
def test_the_restore_setting_decides(restore: Restore, expired: bool, owner: str) -> None:
    inbox = Inbox(project(restore=restore))
    inbox.feed(posted("u-1"), BOUGHT, *([EXPIRED] if expired else []))

    inbox.feed(posted("u-2", day(31 if expired else 5)))

    assert inbox.state is not None
    assert inbox.state.owner == owner


def test_a_transfer_is_told_to_both_sides_with_one_id() -> None:
    inbox = Inbox()
    inbox.feed(posted("u-1"), BOUGHT)

    result = inbox.feed(posted("u-2", day(5)))

    assert [(c.kind, c.customer_id) for c in result.changes] == [
        (ChangeKind.TRANSFERRED, "u-1"),
        (ChangeKind.TRANSFERRED, "u-2"),
    ]
    assert len({c.event_id for c in result.changes}) == 1


def test_a_post_by_the_same_customer_moves_nothing() -> None:
    inbox = Inbox()
    inbox.feed(posted("u-1"), BOUGHT)

    assert not inbox.feed(posted("u-1", day(5))).changes
