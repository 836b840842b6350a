"""The ground truth against figures worked out by hand."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from deploy.demo import truth as module
from deploy.demo.happening import SANDBOX, STRIPE, Kind, Product, Tracked
from deploy.demo.truth import Figures
from tests.deploy.demo.make import BEGIN, MONTH, PRO, WEEK, YEAR, figures, story

_MAR_9, _MAR_10 = date(2026, 3, 9), date(2026, 3, 10)
_APR_9, _APR_10, _APR_15 = date(2026, 4, 9), date(2026, 4, 10), date(2026, 4, 15)


def _usd(dollars: int) -> Figures:
    return Figures(mrr_micros=dollars * 1_000_000, active=1)


def test_a_paid_term_counts_from_the_day_it_starts_until_the_day_before_it_ends() -> None:
    told = story()
    told.start(MONTH)
    assert figures(told, _MAR_9) == Figures()
    assert figures(told, _MAR_10) == _usd(5)
    assert figures(told, _APR_9) == _usd(5)
    assert figures(told, _APR_10) == Figures()


def test_today_counts_what_is_active_now_and_not_at_the_end_of_the_day() -> None:
    told = story()
    told.start(MONTH)
    ends_at_noon = datetime(2026, 4, 10, 11, 59, tzinfo=UTC)
    assert figures(told, _APR_10, now=ends_at_noon) == _usd(5)
    assert figures(told, _APR_10, now=ends_at_noon.replace(hour=12, minute=0)) == Figures()


def test_a_trial_is_worth_nothing_until_it_converts() -> None:
    told = story()
    told.trial(MONTH)
    told.renew()
    assert figures(told, _MAR_10) == Figures()
    assert figures(told, date(2026, 3, 17)) == _usd(5)


@pytest.mark.parametrize(
    ("product", "micros"), [(WEEK, 8_000_000), (MONTH, 5_000_000), (YEAR, 3_333_333)]
)
def test_a_price_is_made_a_months(product: Product, micros: int) -> None:
    told = story()
    told.start(product)
    assert figures(told, _MAR_10) == Figures(mrr_micros=micros, active=1)


def test_a_price_is_converted_at_the_newest_rate_of_the_seven_days_before_its_term() -> None:
    told = story(currency="EUR")
    told.start(MONTH)
    rates = {("EUR", date(2026, 3, 8)): 1_250_000, ("EUR", date(2026, 3, 11)): 2_000_000}
    assert figures(told, _MAR_10, rates) == _usd(5)


def test_grace_prolongs_a_term_until_grace_ends() -> None:
    told = story()
    told.start(MONTH)
    told.fail(grace_days=16)
    told.end_grace(16)
    assert figures(told, date(2026, 4, 25)) == _usd(5)
    assert figures(told, date(2026, 4, 26)) == Figures()


def test_a_recovery_inside_grace_counts_once() -> None:
    told = story()
    told.start(MONTH)
    told.fail(grace_days=16)
    told.wait(5)
    told.renew()
    assert figures(told, _APR_15) == _usd(5)
    assert figures(told, date(2026, 5, 9)) == _usd(5)
    assert figures(told, date(2026, 5, 10)) == Figures()


def test_without_grace_a_failed_charge_ends_access_at_the_terms_end() -> None:
    told = story()
    told.start(MONTH)
    told.fail()
    assert figures(told, _APR_10) == Figures()


def test_stripe_goes_on_while_a_charge_is_open_until_it_gives_up() -> None:
    told = story(store=STRIPE)
    told.start(MONTH)
    told.fail(grace_days=16)
    assert figures(told, date(2026, 5, 30)) == _usd(5)
    told.wait(14)
    told.expire()
    assert figures(told, date(2026, 4, 23)) == _usd(5)
    assert figures(told, date(2026, 4, 24)) == Figures()


def test_an_upgrade_cuts_the_running_term() -> None:
    told = story()
    told.start(MONTH)
    told.wait(10)
    told.start(PRO, Kind.CHANGED)
    assert figures(told, date(2026, 3, 19)) == _usd(5)
    assert figures(told, date(2026, 3, 20)) == _usd(9)


def test_a_planned_change_counts_from_the_next_term() -> None:
    told = story()
    told.start(PRO)
    told.plan(MONTH)
    told.renew()
    assert figures(told, _APR_9) == _usd(9)
    assert figures(told, _APR_10) == _usd(5)


def test_a_whole_refund_ends_a_term_and_a_part_does_not() -> None:
    told = story()
    told.start(MONTH)
    told.wait(3)
    told.refund(percent=40)
    assert figures(told, _APR_9) == _usd(5)
    told.refund()
    assert figures(told, date(2026, 3, 12)) == _usd(5)
    assert figures(told, date(2026, 3, 13)) == Figures()


def test_renewal_switched_off_moves_nothing_until_the_end() -> None:
    told = story()
    told.start(MONTH)
    told.turn_off()
    told.expire()
    assert figures(told, _APR_9) == _usd(5)
    assert figures(told, _APR_10) == Figures()


def test_who_comes_back_counts_anew() -> None:
    told = story()
    told.start(MONTH)
    told.turn_off()
    told.expire()
    told.wait(4.5)
    told.start(MONTH, Kind.RETURNED)
    assert figures(told, date(2026, 4, 14)) == Figures()
    assert figures(told, _APR_15) == _usd(5)


def test_sandbox_one_time_purchases_and_what_nobody_tracks_count_nowhere() -> None:
    for told in (story(environment=SANDBOX), story(tracked=Tracked.NEVER)):
        told.start(MONTH)
        assert figures(told, _MAR_10) == Figures()
    bought = story()
    bought.start(PRO, Kind.BOUGHT)
    assert figures(bought, _MAR_10) == Figures()


def test_what_is_tracked_late_counts_as_if_it_always_had_been() -> None:
    told = story(tracked=Tracked.LATE)
    told.start(MONTH)
    assert figures(told, BEGIN.date()) == _usd(5)


def test_the_ground_truth_imports_nothing_of_streams_or_sinks() -> None:
    """Followed through everything that it imports of the demo."""
    assert module.__file__ is not None
    folder, seen, waiting = (
        Path(module.__file__).parent,
        set[str](),
        ["truth", "expected", "script"],
    )
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for imported in _imports(folder / f"{name}.py"):
            assert not imported.startswith(("streams", "sinks", "ingress")), name
            part = imported.removeprefix("deploy.demo.")
            if part != imported and part not in seen:
                waiting.append(part)
    assert {"truth", "story", "tales", "rates", "catalog", "happening"} <= seen


def _imports(file: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    return plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
