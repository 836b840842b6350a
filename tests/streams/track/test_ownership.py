"""Whose a purchase is after a second customer posts it."""

import pytest

from streams.contracts.change import ChangeKind
from streams.contracts.ids import anonymous_customer
from streams.contracts.project import Restore
from streams.contracts.words import Access, Signal
from tests.streams.track.make import KEY, Inbox, day, posted, project, said, standing, term

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


def test_sharing_leaves_the_purchase_and_makes_both_customers_one() -> None:
    inbox = Inbox(project(restore=Restore.SHARE))
    inbox.feed(posted("u-1"), BOUGHT)

    result = inbox.feed(posted("u-2", day(5)))

    assert result.changes == ()
    assert [(alias.customer_id, alias.alias) for alias in result.aliases] == [("u-1", "u-2")]
    assert inbox.state is not None
    assert inbox.state.owner == "u-1"


@pytest.mark.parametrize("restore", [Restore.TRANSFER, Restore.KEEP])
def test_a_customer_with_a_name_is_no_alias_of_another_by_a_post(restore: Restore) -> None:
    inbox = Inbox(project(restore=restore))
    inbox.feed(posted("$RCAnonymousID:a"), BOUGHT)
    assert inbox.feed(posted("u-2", day(5))).aliases == ()


def test_between_two_customers_without_a_name_nothing_is_transferred() -> None:
    inbox = Inbox()
    inbox.feed(posted("$RCAnonymousID:a"), BOUGHT)

    result = inbox.feed(posted("$RCAnonymousID:b", day(5)))

    assert result.changes == ()
    assert len(result.aliases) == 1


def test_a_post_after_track_new_is_a_restore() -> None:
    inbox = Inbox(project(track_new="anonymous"))
    anonymous = inbox.feed(BOUGHT).changes[0].customer_id

    result = inbox.feed(posted("u-2", day(5)))

    assert [change.transferred_from for change in result.changes] == [anonymous, anonymous]


def test_a_name_that_came_before_the_purchase_names_its_owner() -> None:
    inbox = Inbox(project(track_new="metadata.user"))
    session = said("m0", day(0), Signal.NOTED, identities={"metadata.user": "u-9"})
    result = inbox.feed(session, BOUGHT)
    assert {change.customer_id for change in result.changes} == {"u-9"}


@pytest.mark.parametrize("name", ["", " u-1", "a" * 256, "a\nb"])
def test_what_can_t_name_a_customer_is_no_name(name: str) -> None:
    inbox = Inbox(project(track_new="account_token"))
    told = said(
        "m1",
        day(0),
        Signal.PURCHASED,
        term(1),
        standing(1),
        identities={"account_token": name},
    )
    assert inbox.feed(told).changes[0].customer_id.startswith("$RCAnonymousID:")


def test_a_token_of_a_customer_who_may_be_unknown_goes_through_their_inbox() -> None:
    inbox = Inbox(project(track_new="known_account_token"))
    told = said(
        "m1",
        day(0),
        Signal.PURCHASED,
        term(1),
        standing(1),
        identities={"account_token": "t-1"},
    )
    (started,) = inbox.feed(told).changes
    (ended,) = inbox.feed(EXPIRED).changes[-1:]
    assert started.customer_id == ended.customer_id == anonymous_customer(KEY)
    assert started.through == ended.through == "t-1"
