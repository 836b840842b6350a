"""What a store tells of a running period: it lasts longer, will pause, will cost more, is billed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.contracts.change import Change, ChangeKind
from streams.contracts.ids import NotificationId
from streams.contracts.money import Money
from streams.contracts.purchase import Notification
from streams.contracts.snapshot import Issued, Refund, Snapshot, Standing
from streams.contracts.words import Access, Consent, Reason, Signal
from streams.track.announcements import further
from streams.track.state import Point
from tests.streams.track.make import Inbox, day, posted, said, standing, term

BOUGHT = said("m1", day(0), Signal.PURCHASED, term(1), standing(1))


def until(end: float, **changes: object) -> Standing:
    return replace(standing(1), expires_at=day(end), **changes)


def heard(*records: Notification) -> list[Change]:
    inbox = Inbox()
    inbox.feed(posted(), BOUGHT)
    before = len(inbox.results)
    inbox.feed(*records)
    return [change for result in inbox.results[before:] for change in result.changes]


def names(changes: list[Change]) -> list[str]:
    return [change.fact.rsplit("/tx1/", 1)[1] for change in changes]


def test_a_period_that_lasts_longer_is_extended_every_time() -> None:
    longer = said("m2", day(5), Signal.EXTENDED, until(37))
    again = said("m3", day(9), Signal.STATE_CHANGED, until(40))
    changes = heard(longer, again)
    assert [change.kind for change in changes] == [ChangeKind.EXTENDED, ChangeKind.EXTENDED]
    assert names(changes) == ["extended/1", "extended/2"]
    assert [change.expires_at for change in changes] == [day(37), day(40)]


def test_an_extension_counts_though_the_earlier_end_was_never_told() -> None:
    inbox = Inbox()
    inbox.feed(posted())
    changes = inbox.feed(said("m2", day(5), Signal.EXTENDED, until(37))).changes
    assert names(list(changes)) == ["extended/1"]
    late = inbox.feed(said("m1", day(0), Signal.PURCHASED, standing(1))).changes
    assert late == ()


@pytest.mark.parametrize(
    "told",
    [
        until(20),
        until(37, access=Access.GRACE),
        until(37, access=Access.EXPIRED),
        until(365, product_id="yearly"),
    ],
)
def test_what_ends_earlier_fails_is_over_or_is_another_product_is_no_extension(
    told: Standing,
) -> None:
    changes = heard(said("m2", day(5), Signal.STATE_CHANGED, told))
    assert ChangeKind.EXTENDED not in {change.kind for change in changes}


def test_a_price_rise_is_asked_for_and_agreed_to_once_each() -> None:
    asked = said("m2", day(5), Signal.PRICE_INCREASE_ASKED, until(30, consent=Consent.ASKED))
    agreed = said("m3", day(6), Signal.PRICE_INCREASE_ACCEPTED, until(30, consent=Consent.GIVEN))
    silent = said("m4", day(7), Signal.STATE_CHANGED, until(30))
    assert names(heard(asked, agreed, silent)) == ["consent/1", "consent/1/given"]
    assert sorted(names(heard(agreed, asked))) == ["consent/1", "consent/1/given"]


def test_a_pause_is_scheduled_once_a_period() -> None:
    def said_of(n: int, pauses: bool) -> Notification:
        told = until(30, pause_scheduled=pauses, auto_resume_at=day(60) if pauses else None)
        return said(f"m{n}", day(n), Signal.STATE_CHANGED, told)

    changes = heard(said_of(2, True), said_of(3, True), said_of(4, False), said_of(5, True))
    assert names(changes) == ["paused/1"]
    assert changes[0].auto_resume_at == day(60)


def test_a_charge_that_failed_is_one_issue_and_says_nothing_of_access() -> None:
    failed = said("m2", day(30), Signal.BILLING_FAILED, Standing(period="tx1", charge_failed=True))
    grace = said("m3", day(31), Signal.STATE_CHANGED, standing(1, Access.GRACE))
    assert names(heard(failed, grace)) == ["issue", "issue-cancel"]


def test_an_invoice_is_issued_once_however_often_it_is_told() -> None:
    def told(n: int) -> Notification:
        issued = Issued(
            invoice_id="in_1",
            amount=Money(micros=9_990_000, currency="EUR"),
            issued_at=day(n),
            product_id="pro",
            period="tx2",
        )
        message = said(f"m{n}", day(n), Signal.INVOICE_ISSUED)
        return Notification(
            **{
                name: getattr(message, name)
                for name in Notification.__dataclass_fields__
                if name not in {"snapshot", "notification_id"}
            },
            notification_id=NotificationId(f"m{n}"),
            snapshot=Snapshot(invoices=(issued,)),
        )

    (change,) = heard(told(29), told(30))
    assert (change.fact, change.kind) == ("invoice/in_1", ChangeKind.INVOICED)
    assert (change.amount, change.product_id) == (Money(micros=9_990_000, currency="EUR"), "pro")
    assert (change.purchased_at, change.expires_at, change.transaction) == (day(29), None, None)


ENDS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["pro", "max"])), min_size=1, max_size=8
)


def extensions(ends: list[tuple[int, str]]) -> int:
    told = tuple(
        Point(
            (n, ""),
            Signal.NOTED,
            Standing(period="p", product_id=product, expires_at=day(end), access=Access.ACTIVE),
        )
        for n, (end, product) in enumerate(ends)
    )
    return len(list(further(told)))


@given(ends=ENDS, place=st.integers(0, 8), late=st.tuples(st.integers(0, 5), st.just("pro")))
def test_a_late_message_never_takes_an_extension_back(
    ends: list[tuple[int, str]], place: int, late: tuple[int, str]
) -> None:
    assert extensions([*ends[:place], late, *ends[place:]]) >= extensions(ends)


@pytest.mark.parametrize(
    ("minutes", "reason"), [(2, Reason.CUSTOMER_SUPPORT), (60, Reason.UNSUBSCRIBE)]
)
def test_renewal_switched_off_with_a_refund_is_the_store_s_support(
    minutes: int, reason: Reason
) -> None:
    back = Refund(refund_id="re1", refs=("tx1",), refunded_at=day(5))
    refunded = said("m2", day(5), Signal.REFUNDED, back)
    off = said("m3", day(5 + minutes / 1440), Signal.RENEWAL_OFF, until(30, auto_renew=False))
    assert heard(refunded, off)[-1].reason is reason


def test_a_pause_that_ends_in_its_period_gives_access_back() -> None:
    paused = said("m2", day(5), Signal.PAUSED, standing(1, Access.PAUSED))
    resumed = said("m3", day(9), Signal.RESUMED, standing(1))
    assert names(heard(paused, resumed)) == ["paused/1", "end/1", "resumed/1"]
    assert sorted(names(heard(resumed, paused))) == ["end/1", "paused/1", "resumed/1"]
    expired = said("m2", day(5), Signal.EXPIRED, standing(1, Access.EXPIRED))
    assert "resumed/1" not in names(heard(expired, resumed))
