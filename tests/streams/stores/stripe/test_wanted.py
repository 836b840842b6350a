"""The event types that the README asks an operator to send."""

import re
from pathlib import Path

from streams.stores.stripe.signals import TYPES
from tests.streams.stores.fixture import load_all
from tests.streams.stores.signing import STRIPE

README = Path(__file__).parents[4] / "README.md"
# They tell again what another type that is asked for has told.
TWINS = {"invoice.sent", "charge.refunded", "charge.refund.updated"}


def wanted() -> tuple[list[str], str]:
    """What is to be sent, and the rest of the sentence: what is not."""
    text = README.read_text(encoding="utf-8").replace("\n", " ")
    found = re.search(r"Send Stripe's (.*?), and \*\*not\*\* (.*?):", text)
    assert found is not None
    return re.findall(r"`([a-z_.*]+)`", found[1]), found[2]


def test_every_type_that_leads_to_an_event_is_asked_for() -> None:
    asked, _ = wanted()
    patterns = [re.compile(name.replace(".", r"\.").replace("*", ".*")) for name in asked]
    telling = {fixture.type for fixture in load_all(STRIPE) if fixture.events} - TWINS
    missed = {name for name in telling if not any(one.fullmatch(name) for one in patterns)}
    assert missed == set()


def test_nothing_is_asked_for_that_is_not_known() -> None:
    asked, _ = wanted()
    assert {name for name in asked if not name.endswith("*")} - set(TYPES) == set()


def test_invoice_created_is_not_for_stripe_waits_for_its_answer() -> None:
    asked, left_out = wanted()
    assert "invoice.created" not in asked
    assert left_out == "`invoice.created`"
