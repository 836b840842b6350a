"""Check connection: from what is known to what an operator should do next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streams.contracts import stores
from streams.contracts.connection import Known, judge
from streams.contracts.finding import Level
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import LastReceived
from streams.contracts.project import AppStore
from streams.contracts.reach import Probe, Stage, judge_reach

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
STRIPE = StoreName("stripe")
WELL = Probe(
    host="n.example.com",
    port=443,
    stage=Stage.ANSWERED,
    addresses=("203.0.114.5",),
    certificate_ends_at=NOW + timedelta(days=60),
    get_status=200,
    alive=True,
    post_status=415,
)


def known(store: StoreName = STRIPE, **changes: Any) -> Known:  # noqa: ANN401 - its fields
    given: dict[str, Any] = {"probe": WELL, **changes}
    return Known(store=AppStore(store=store), **given)


def received(**changes: Any) -> LastReceived:  # noqa: ANN401 - its fields
    return LastReceived(app_id=AppId("notes"), store=STRIPE, **changes)


def said(what: Known) -> list[tuple[Level, str]]:
    return [(finding.level, f"{finding.text} {finding.remedy}") for finding in judge(what, NOW)]


@pytest.mark.parametrize("store", [store.name for store in stores.ALL])
def test_when_nothing_came_it_says_how_to_make_the_store_send(store: StoreName) -> None:
    way, nothing = said(known(store))
    assert way == (Level.OK, "Your URL answers, and lets posts through. ")
    assert nothing[0] is Level.WARNING
    assert nothing[1].startswith("Nothing has come yet. To try it, ")
    assert stores.BY_NAME[store].advice.send in nothing[1]


def test_all_failed_on_the_signature_points_at_the_secret() -> None:
    label = received(
        last_rejected_at=NOW,
        last_rejected_reason="signature",
        last_rejected_detail="none of the signing secrets made this signature",
        counts={"rejected": 3},
        first_rejections=3,
    )
    level, text = said(known(received=label))[1]
    assert level is Level.FAILED
    assert text.startswith("3 came and all failed on the signature (none of the signing")
    assert "the signing secret is another endpoint's" in text.lower()


@pytest.mark.parametrize(
    ("reason", "remedy"), [("age", "the clock"), ("key_missing", "role lookup"), ("rare", "topic")]
)
def test_what_is_no_fault_of_the_secret_does_not_point_at_it(reason: str, remedy: str) -> None:
    label = received(
        last_rejected_at=NOW,
        last_rejected_reason=reason,
        counts={"rejected": 1},
        first_rejections=1,
    )
    text = said(known(received=label))[1][1]
    assert text.startswith("One came and all failed")
    assert remedy in text
    assert "signing secret" not in text


def test_one_is_told_as_one() -> None:
    label = received(counts={"parked": 1, "bug": 1, "needs_credentials": 1})
    texts = [text for _, text in said(known(received=label))[1:]]
    assert [text.split(",")[0] for text in texts] == [
        "One came",
        "One came and is genuine",
        "One failed here",
    ]


def test_genuine_ones_of_another_app_point_at_the_options() -> None:
    label = received(
        last_rejected_at=NOW,
        last_rejected_reason="environment",
        last_authentic_at=NOW - timedelta(days=1),
        counts={"rejected": 1, "test": 1},
    )
    found = said(known(received=label))
    assert found[1][0] is Level.FAILED
    assert "One came and failed: environment." in found[1][1]
    assert "compare environments" in found[1][1].lower()
    assert found[2] == (
        Level.OK,
        "One test came: the connection works. Last received moves with the first notification about a"
        " subscription that you track.",
    )


def test_untracked_ones_point_at_tracking_and_name_the_rule() -> None:
    label = received(last_authentic_at=NOW, counts={"parked": 4, "duplicate": 1})
    level, text = said(known(received=label))[1]
    assert level is Level.WARNING
    assert text.startswith("5 came and are genuine, but of no subscription that you track")
    assert "set track_new (it is 'off')" in text


def test_missing_credentials_of_the_store_are_named() -> None:
    label = received(last_authentic_at=NOW, counts={"needs_credentials": 2})
    level, text = said(known(StoreName("play_store"), received=label))[1]
    assert level is Level.FAILED
    assert "service_account_key" in text
    assert "36 hours" in text


def test_posts_to_an_unknown_token_are_a_mistyped_url() -> None:
    level, text = said(known(unknown_token_posts=7))[1]
    assert level is Level.WARNING
    assert text.startswith(
        "7 posts came to an unknown token of Stripe: the URL in the store's console"
    )
    assert len(said(known(unknown_token_posts=7))) == 2


def test_a_connected_store_is_said_to_be_connected() -> None:
    at = NOW - timedelta(minutes=3)
    label = received(last_received_at=at, last_authentic_at=at, counts={"matched": 9})
    assert said(known(received=label))[1:] == [
        (
            Level.OK,
            "Last received 2026-11-27 11:57:00 UTC: the store and this service are connected. ",
        )
    ]


def test_a_connected_store_whose_newest_was_rejected_is_doubtful() -> None:
    at = NOW - timedelta(hours=3)
    label = received(
        last_received_at=at,
        last_authentic_at=at,
        last_rejected_at=NOW,
        last_rejected_reason="signature",
        counts={"matched": 9, "rejected": 1},
    )
    assert [level for level, _ in said(known(received=label))] == [
        Level.OK,
        Level.OK,
        Level.WARNING,
    ]
    earlier = received(last_received_at=NOW, last_authentic_at=NOW, last_rejected_at=at)
    assert [level for level, _ in said(known(received=earlier))] == [Level.OK, Level.OK]


def test_labels_that_could_not_be_asked_for_are_no_silence_of_the_store() -> None:
    assert len(judge(known(told=False), NOW)) == 1


def test_without_a_token_or_a_public_url_the_setting_is_named() -> None:
    bare = known(token_problem="tokens in [[apps.stores]]", probe=None)
    level, text = said(bare)[0]
    assert level is Level.FAILED
    assert "Set tokens in [[apps.stores]]" in text
    level, text = said(known(probe=None))[0]
    assert level is Level.WARNING
    assert "public_url" in text


def test_what_is_not_set_comes_first() -> None:
    bare = known(
        unset=("bundle_id in [apps.stores.options]",), secret_problem="variable WHSEC is empty"
    )
    found = said(bare)
    assert [level for level, _ in found[:2]] == [Level.WARNING, Level.WARNING]
    assert found[0][1].startswith("Not set yet: bundle_id in [apps.stores.options].")
    assert "The signing secret (whsec_...) can't be read here: variable WHSEC is" in found[1][1]


def test_what_is_pulled_needs_no_url() -> None:
    pulls = Known(
        store=AppStore(store=StoreName("play_store"), options={"pull": True}), token_problem="none"
    )
    assert said(pulls)[0][0] is Level.OK
    assert "role pull" in said(pulls)[0][1]


def look(**changes: Any) -> list[tuple[Level, str]]:  # noqa: ANN401 - its fields
    given = {name: getattr(WELL, name) for name in WELL.__slots__} | changes
    return [
        (finding.level, f"{finding.text} {finding.remedy}")
        for finding in judge_reach(Probe(**given), NOW)
    ]


@pytest.mark.parametrize(
    ("changes", "text", "remedy"),
    [
        ({"stage": Stage.NAME, "addresses": ()}, "has no address", "A or AAAA record"),
        ({"stage": Stage.CONNECT}, "Nothing answers at n.example.com:443", "firewall"),
        ({"stage": Stage.TLS}, "would not be trusted", "all its intermediates"),
        ({"stage": Stage.HTTP}, "gave no answer", "proxy's own log"),
        ({"get_status": 301, "location": "https://x.example"}, "sends on to", "No store follows"),
        ({"get_status": 404}, "does not know this token", "after a change of tokens"),
        ({"get_status": 502}, "the proxy does not reach", "SN_NOTIFICATIONS_PORT"),
        ({"get_status": 401}, "not this service", "without a login"),
        ({"alive": False}, "not this service", "page of its own"),
        ({"post_status": 403}, "a POST gets 403", "stops posts"),
    ],
)
def test_what_keeps_a_store_away_is_named_with_its_remedy(
    changes: dict[str, Any], text: str, remedy: str
) -> None:
    ((level, told),) = look(**changes)
    assert level is Level.FAILED
    assert text in told
    assert remedy in told


def test_a_certificate_near_its_end_is_doubtful() -> None:
    level, text = look(certificate_ends_at=NOW + timedelta(days=13))[0]
    assert (level, "ends on 2026-12-10" in text) == (Level.WARNING, True)
    assert len(look(certificate_ends_at=NOW + timedelta(days=15))) == 1


def test_a_private_address_is_doubtful_only_where_there_is_no_public_one() -> None:
    assert look(addresses=("10.0.0.7",))[0][0] is Level.WARNING
    assert [level for level, _ in look(addresses=("10.0.0.7", "203.0.114.5"))] == [Level.OK]
