"""The business as a whole: the same for the same seed, with something of everything in it."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from deploy.demo.happening import APP_STORE, PLAY_STORE, SANDBOX, STRIPE, Forgery, Kind, Tracked
from deploy.demo.script import DAYS, SEED, SIZE, business

_FIRST = datetime(2026, 3, 1, tzinfo=UTC)
_UNTIL = _FIRST + timedelta(days=DAYS, hours=13)
_BUSINESS = business(SEED, SIZE, _FIRST, _UNTIL)


def test_the_same_seed_tells_the_same_business() -> None:
    assert business(SEED, SIZE, _FIRST, _UNTIL) == _BUSINESS
    assert business(SEED + 1, SIZE, _FIRST, _UNTIL) != _BUSINESS


def test_a_longer_telling_begins_with_the_shorter_one() -> None:
    longer = business(SEED, SIZE, _FIRST, _UNTIL + timedelta(days=40))
    assert longer.happenings[: len(_BUSINESS.happenings)] == _BUSINESS.happenings
    assert longer.forged[: len(_BUSINESS.forged)] == _BUSINESS.forged
    assert len(longer.subscriptions) > len(_BUSINESS.subscriptions)


def test_everything_happens_at_all_stores() -> None:
    kinds = Counter((h.subscription.store, h.kind) for h in _BUSINESS.happenings)
    only_apple = {Kind.RETURNED, Kind.CHANGE_PLANNED, Kind.GRACE_ENDED, Kind.BOUGHT}
    assert {kind for store, kind in kinds if store == APP_STORE} == set(Kind)
    assert {kind for store, kind in kinds if store == STRIPE} == set(Kind) - only_apple
    assert {kind for store, kind in kinds if store == PLAY_STORE} == set(Kind)


def test_it_is_some_hundred_subscriptions_some_untracked_some_tracked_late_some_sandbox() -> None:
    tracked = Counter(s.tracked for s in _BUSINESS.subscriptions)
    sandbox = sum(s.environment == SANDBOX for s in _BUSINESS.subscriptions)
    assert len(_BUSINESS.subscriptions) > 300
    assert min(tracked[Tracked.NEVER], tracked[Tracked.LATE], sandbox) >= 10


def test_somebody_forges_in_every_way_and_stores_post_some_messages_twice() -> None:
    assert {forged.how for forged in _BUSINESS.forged} == set(Forgery)
    assert sum(h.times > 1 for h in _BUSINESS.happenings) > 10


def test_time_only_goes_on_and_never_past_the_end() -> None:
    moments = [h.at for h in _BUSINESS.happenings]
    assert moments == sorted(moments)
    assert moments[0] >= _FIRST
    assert moments[-1] <= _UNTIL


def test_ids_and_numbers_name_one_happening_each() -> None:
    names = Counter((h.subscription.id, h.number) for h in _BUSINESS.happenings)
    assert set(names.values()) == {1}
