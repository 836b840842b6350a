"""Cohorts of retention, and what trials became."""

from sinks.charts.fold.cohorts import Cohort, cohorts, converted
from sinks.charts.fold.facts import FOREVER
from sinks.charts.fold.payments import Payment, payments
from tests.sinks.charts.fold.telling import tellings
from tests.sinks.charts.story import Story, moment

JANUARY, FEBRUARY, MARCH, APRIL = (
    round(moment(f"2026-0{month}-01").timestamp()) * 1_000 for month in (1, 2, 3, 4)
)


def bought(story: Story) -> list[Payment]:
    return payments([one.told for one in tellings(story.events)])


def monthly(product: str | None = "pro", months: int = 3) -> Story:
    story = Story()
    for month in range(1, months + 1):
        start, end = f"2026-0{month}-01", f"2026-0{month + 1}-01"
        story.pays(start, end, "4.99", product_id=product)
    return story


def test_payments_are_numbered_by_the_time_that_has_passed() -> None:
    found = cohorts(bought(monthly()), [FOREVER] * 3)
    assert found == [Cohort(JANUARY, 0), Cohort(JANUARY, 1), Cohort(JANUARY, 2)]


def test_products_whose_id_is_not_known_are_one_product() -> None:
    found = cohorts(bought(monthly(None)), [FOREVER] * 3)
    assert found == [Cohort(JANUARY, 0), Cohort(JANUARY, 1), Cohort(JANUARY, 2)]


def test_a_change_of_product_begins_anew_and_a_refund_counts_not() -> None:
    story = monthly()
    story.pays("2026-04-01", "2026-05-01", "9.99", product_id="max")
    found = cohorts(bought(story), [FOREVER, MARCH, FOREVER, FOREVER])
    assert found == [Cohort(JANUARY, 0), Cohort(0, -1), Cohort(JANUARY, 2), Cohort(APRIL, 0)]


def test_a_length_counts_once() -> None:
    story = monthly(months=1)
    story.pays("2026-01-03", "2026-02-01", "9.99")
    assert cohorts(bought(story), [FOREVER] * 2) == [Cohort(JANUARY, 0), Cohort(JANUARY, -1)]


def test_a_trial_became_the_payment_after_it_unless_that_went_back() -> None:
    story = Story()
    story.tries("2026-01-01", "2026-02-01")
    story.pays("2026-02-01", "2026-03-01", "4.99")
    found = bought(story)
    assert converted(0, found, [FOREVER, FOREVER]) == FEBRUARY
    assert converted(0, found, [FOREVER, MARCH]) == 0
    assert converted(1, found, [FOREVER, FOREVER]) == 0


def test_of_two_trials_the_first_became_nothing() -> None:
    story = Story()
    story.tries("2026-01-01", "2026-02-01")
    story.tries("2026-02-01", "2026-03-01")
    story.pays("2026-03-01", "2026-04-01", "4.99")
    found = bought(story)
    assert [converted(place, found, [FOREVER] * 3) for place in range(2)] == [0, MARCH]
