"""The event types that the README and the setup page ask an operator to send."""

import re
from pathlib import Path

from streams.stores.stripe.signals import TYPES
from tests.streams.stores.fixture import load_all
from tests.streams.stores.signing import STRIPE

ROOT = Path(__file__).parents[4]
README = ROOT / "README.md"
PAGE = ROOT / "deploy" / "setup" / "stripe.md"
# They tell again what another type that is asked for has told.
TWINS = {"invoice.sent", "charge.refunded", "charge.refund.updated"}


def wanted() -> tuple[list[str], str]:
    """What is to be sent, and the rest of the sentence: what is not."""
    text = README.read_text(encoding="utf-8").replace("\n", " ")
    found = re.search(r"Send Stripe's (.*?), and \*\*not\*\* (.*?):", text)
    assert found is not None
    return re.findall(r"`([a-z_.*]+)`", found[1]), found[2]


def patterns(names: list[str]) -> list[re.Pattern[str]]:
    return [re.compile(name.replace(".", r"\.").replace("*", ".*")) for name in names]


def listed() -> list[str]:
    """The list of the setup page, an event a line."""
    section = PAGE.read_text(encoding="utf-8").split("## 2. The events")[1]
    return section.split("```text\n")[1].split("\n```")[0].splitlines()


def test_every_type_that_leads_to_an_event_is_asked_for() -> None:
    asked, _ = wanted()
    telling = {fixture.type for fixture in load_all(STRIPE) if fixture.events} - TWINS
    missed = {name for name in telling if not any(one.fullmatch(name) for one in patterns(asked))}
    assert missed == set()


def test_nothing_is_asked_for_that_is_not_known() -> None:
    asked, _ = wanted()
    assert {name for name in asked if not name.endswith("*")} - set(TYPES) == set()


def test_invoice_created_is_not_for_stripe_waits_for_its_answer() -> None:
    asked, left_out = wanted()
    assert "invoice.created" not in asked
    assert left_out == "`invoice.created`"


def test_the_setup_page_asks_for_the_same_and_for_nothing_unknown() -> None:
    asked, _ = wanted()
    assert set(listed()) <= set(TYPES)
    assert [name for name in asked if not name.endswith("*") and name not in listed()] == []
    assert [n for n in listed() if not any(one.fullmatch(n) for one in patterns(asked))] == []
    families = [name for name in asked if name.endswith("*")]
    assert {n for n in TYPES if any(one.fullmatch(n) for one in patterns(families))} <= set(
        listed()
    )


def test_the_setup_pages_one_line_makes_an_endpoint_of_the_same_list() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"enabled_events\[\]=([a-z_.]+)", text) == listed()
