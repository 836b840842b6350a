"""Due times: one outstanding, moved by news, asked about when it comes; and what is found by asking alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, Phase, assume, given, settings
from msgspec.structs import replace as replace_struct

from streams.contracts.change import Change, ChangeKind
from streams.contracts.project import App, AppStore, Project
from streams.contracts.purchase import Due, InboxRecord, Pointer, PurchaseAlias, Tracking
from streams.contracts.words import Access, Origin, Signal
from streams.track.advance import Advance, advance
from streams.track.due import AFTER_END, ENDED_QUIET, FIRST, FOLLOWED, LEAST, QUIET, due_time
from streams.track.state import Position, PurchaseState
from tests.streams.stores.play_store.telling import pointer, refresh
from tests.streams.stores.signing import APP as GOOGLE_APP
from tests.streams.track.histories.inbox import posts
from tests.streams.track.histories.play_store import Life, lives
from tests.streams.track.make import APP, MONTH, START, STORE, day, posted, said, standing, term

ASKED = App(app_id=APP, name="App", stores=(AppStore(store=STORE, asked=True),))
GOOGLE = replace(
    GOOGLE_APP, stores=tuple(replace(store, asked=True) for store in GOOGLE_APP.stores)
)
# What Google's API does not keep: a state that came and went between two questions.
FLEETING = {
    *(ChangeKind.RENEWAL_OFF, ChangeKind.RENEWAL_ON, ChangeKind.BILLING_FAILED),
    *(ChangeKind.BILLING_CANCELLED, ChangeKind.EXTENDED, ChangeKind.PAUSE_SCHEDULED),
    *(ChangeKind.CONSENT, ChangeKind.CONSENT_GIVEN, ChangeKind.ENDED),
}


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


class Purchase:
    """One purchase's inbox; `dues`: what was to come back, in order."""

    def __init__(self, app: App = ASKED) -> None:
        self.project = Project(name="test", sha256="0" * 64, apps=(app,))
        self.state: PurchaseState | None = None
        self.dues: list[Due] = []
        self.changes: list[Change] = []
        self.offset = 0

    def hear(self, *records: InboxRecord) -> Advance:
        """What came of the last one."""
        step = Advance()
        for record in records:
            self.offset += 1
            step = advance(self.state, record, Position("v1", 0, self.offset), self.project)
            self.state = step.state or self.state
            self.changes += step.changes
            self.dues += [step.due] if step.due else []
        return step


def bought() -> Purchase:
    purchase = Purchase()
    purchase.hear(posted(), said("m1", START, Signal.PURCHASED, term(1), standing(1)))
    return purchase


def test_a_purchase_of_which_nothing_is_known_is_asked_for_at_once_and_then_rarely() -> None:
    purchase = Purchase()
    first = purchase.hear(posted()).due
    assert first is not None
    assert first.due_at == START + FIRST

    step = purchase.hear(first)
    assert [pointer.purchase_id for pointer in step.pointers] == ["1000"]
    assert step.due is not None
    assert step.due.due_at == first.due_at + ENDED_QUIET


def test_it_is_asked_for_a_day_after_the_last_news_or_when_its_period_has_ended() -> None:
    purchase = bought()
    asked: list[Pointer] = []
    while purchase.dues[-1].due_at < START + MONTH + QUIET:
        due = purchase.dues[-1]
        for pointer_ in purchase.hear(due).pointers:
            asked.append(pointer_)
            answer = f"answer-{len(asked)}"
            purchase.hear(said(answer, due.due_at, Signal.LOOKED_UP, term(1), standing(1)))

    gaps = {later.occurred_at - earlier.occurred_at for earlier, later in pairwise(asked)}
    assert max(gaps) <= QUIET + LEAST
    assert any(timedelta(0) <= p.occurred_at - START - MONTH <= AFTER_END for p in asked)
    assert {p.origin for p in asked} == {Origin.REFRESH}


def test_news_moves_it_and_only_one_is_outstanding() -> None:
    purchase = bought()
    outstanding = purchase.dues[-1]
    news = [said(f"n{h}", day(h / 24), Signal.NOTED, standing(1)) for h in range(1, 24)]
    assert [purchase.hear(one).due for one in news] == [None] * 23

    step = purchase.hear(outstanding)
    assert step.pointers == ()
    assert step.due is not None
    assert step.due.due_at == purchase.dues[-1].due_at == day(23 / 24) + QUIET


def test_one_that_another_took_the_place_of_does_nothing() -> None:
    purchase = bought()
    stranger = replace(purchase.dues[-1], due_at=purchase.dues[-1].due_at - LEAST)

    step = purchase.hear(stranger)

    assert (step.pointers, step.due) == ((), None)


def test_without_an_answer_it_is_asked_again_and_nothing_expires_by_the_clock() -> None:
    purchase = bought()
    pointers: list[Pointer] = []
    while purchase.dues[-1].due_at < START + 3 * MONTH:
        pointers += purchase.hear(purchase.dues[-1]).pointers

    assert len(pointers) > 20
    assert [change.kind for change in purchase.changes] == [ChangeKind.STARTED]


def test_after_an_end_it_is_followed_for_sixty_days_and_no_longer() -> None:
    purchase = bought()
    over = standing(1, Access.EXPIRED, renews=False)
    purchase.hear(said("m2", START + MONTH, Signal.EXPIRED, over))
    asked = 0
    last = None
    while purchase.dues[-1] is not last:
        last = purchase.dues[-1]
        asked += len(purchase.hear(last).pointers)

    assert asked >= FOLLOWED // ENDED_QUIET
    assert last is not None
    assert last.due_at <= START + MONTH + FOLLOWED + ENDED_QUIET


def test_a_refund_of_an_older_period_does_not_hide_the_present_one() -> None:
    """One answer tells of both; the newest one is asked about, however long ago the other ended."""
    purchase = bought()
    at = START + MONTH + FOLLOWED
    gone = replace_struct(standing(1), access=Access.REVOKED, ended_at=START)
    present = replace_struct(standing(2), expires_at=at + QUIET / 2)
    purchase.hear(said("answer", at, Signal.LOOKED_UP, term(1), term(2), gone, present))

    assert purchase.state is not None
    assert due_time(purchase.state, at) == at + QUIET / 2 + AFTER_END


def test_a_store_that_can_not_be_asked_has_no_due_times_and_nor_has_who_is_not_tracked() -> None:
    unasked = Purchase(App(app_id=APP, name="App", stores=(AppStore(store=STORE),)))
    unasked.hear(posted(), said("m1", START, Signal.PURCHASED, term(1), standing(1)))
    untracked = Purchase()
    untracked.hear(said("m1", START, Signal.PURCHASED, term(1), standing(1)))

    assert (unasked.dues, untracked.dues) == ([], [])


# -- one life, told and asked for ----------------------------------------------------------------


def with_notifications(life: Life) -> Purchase:
    purchase = Purchase(GOOGLE)
    told = [one for one in life.told if not isinstance(one, PurchaseAlias)]
    purchase.hear(*posts(told), *told)
    return purchase


def with_refresh_only(life: Life) -> Purchase:
    """The backend posts each new token as it appears; all else is found by asking when it is due."""
    purchase = Purchase(GOOGLE)
    first = {moment.seen.token: moment.at for moment in reversed(life.moments)}
    new = sorted(first.values())
    purchase.hear(_post(life))
    until = life.moments[-1].at + FOLLOWED
    while True:
        due = purchase.dues[-1]
        if new and new[0] <= due.due_at:
            _answer(purchase, life, _asked(new.pop(0)))
        elif due.due_at <= until and purchase.state and purchase.state.due_at == due.due_at:
            for pointer in purchase.hear(due).pointers:
                _answer(purchase, life, pointer)
        else:
            return purchase


def _answer(purchase: Purchase, life: Life, asked: Pointer) -> None:
    """What Google says of the newest token at that time."""
    moment = next(m for m in reversed(life.moments) if m.at <= asked.occurred_at)
    roots = [f"token-{n}" for n in range(int(moment.seen.token[6:]) - 2, 0, -1)]
    told = refresh(asked, moment.seen, moment.before, roots)
    purchase.hear(*(one for one in told if not isinstance(one, PurchaseAlias)))


def _asked(at: datetime) -> Pointer:
    posted_ = pointer(4, "token", at)
    return replace(posted_, origin=Origin.POST, signal=Signal.LOOKED_UP)


def _post(life: Life) -> Tracking:
    told = [one for one in life.told if not isinstance(one, PurchaseAlias)]
    (post,) = posts(told)
    return replace(post, received_at=life.moments[0].at - timedelta(seconds=1))


@given(lives(most=3))
@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
def test_asking_alone_finds_every_charge_and_refund_and_invents_nothing(life: Life) -> None:
    """The same event ids, but of states that the store did not keep until it was asked."""
    told, asked = with_notifications(life), with_refresh_only(life)

    by_id = {change.event_id: change for change in told.changes}
    found = {change.event_id for change in asked.changes}
    lost = [change for name, change in by_id.items() if name not in found]
    assert {change.kind for change in lost} <= FLEETING
    assert found <= by_id.keys()


@given(lives(most=3))
@settings(max_examples=5, suppress_health_check=SLOW)
def test_an_end_that_lasts_is_found_without_any_message(life: Life) -> None:
    assume(life.token.state == "EXPIRED")
    ends = [one for one in with_notifications(life).changes if one.kind is ChangeKind.ENDED]
    asked = {change.event_id for change in with_refresh_only(life).changes}
    assert ends[-1].event_id in asked
