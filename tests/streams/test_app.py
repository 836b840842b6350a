"""What each Faust role reads and keeps, and what it learns beside its records."""

from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from streams.agents import Context
from streams.app import agents, context_of, learn, learn_keys, learn_rate
from streams.contracts import topics
from streams.contracts.codec import encode
from streams.contracts.errors import ConfigError
from streams.contracts.money import Rate
from streams.contracts.project import Project
from streams.contracts.step import Record
from streams.observe import clock
from streams.settings.environment import load_settings


@pytest.fixture
def context() -> Context:
    return Context(project=Project(name="t", sha256="", apps=()), now=clock.now)


def learned(topic: str, key: str, value: bytes) -> Record:
    return Record(topic=topic, partition=0, offset=0, key=key.encode(), value=value)


def counted(topic: str) -> float:
    return REGISTRY.get_sample_value("sn_followed_unreadable_total", {"topic": topic}) or 0.0


def test_every_role_reads_and_keeps_topics_that_are_made(context: Context) -> None:
    made = {topic.name: topic for topic in topics.ALL}

    for agent in agents(context).values():
        used = [*agent.reads, *agent.first, *([agent.changelog] if agent.changelog else [])]
        assert set(used) <= made.keys()
        assert not any(made[name].single for name in (*agent.reads, agent.changelog) if name)


def test_the_changelogs_are_those_of_the_contract(context: Context) -> None:
    changelogs = {agent.name: agent.changelog for agent in agents(context).values()}

    assert changelogs == {
        "verify": None,
        "track": topics.TRACK_CHANGELOG,
        "identify": topics.IDENTIFY_CHANGELOG,
        "receipts": topics.RECEIPTS_CHANGELOG,
    }


def test_a_customer_is_shown_before_their_events_are_told(context: Context) -> None:
    assert agents(context)["identify"].first == (topics.CUSTOMERS,)


def test_published_keys_are_learned_by_issuer_and_replaced_wholly(context: Context) -> None:
    learn_keys(context, learned(topics.KEYS, "google", encode({"a": "PEM a", "b": "PEM b"})))
    learn_keys(context, learned(topics.KEYS, "other", encode({"c": "PEM c"})))
    before = context.keyring
    learn_keys(context, learned(topics.KEYS, "google", encode({"b": "PEM b"})))

    assert context.keyring.published == {"google": {"b": b"PEM b"}, "other": {"c": b"PEM c"}}
    assert before.published["google"] == {"a": b"PEM a", "b": b"PEM b"}


def test_a_tombstone_takes_an_issuer_s_keys_away(context: Context) -> None:
    learn_keys(context, learned(topics.KEYS, "google", encode({"a": "PEM a"})))
    learn_keys(context, learned(topics.KEYS, "google", b""))

    assert context.keyring.published == {"google": {}}


def test_rates_are_learned_and_a_tombstone_takes_none_away(context: Context) -> None:
    rate = Rate(currency="EUR", day="2026-11-02", usd_micros=1_080_000)
    learn_rate(context, learned(topics.RATES, "EUR/2026-11-02", encode(rate)))
    learn_rate(context, learned(topics.RATES, "EUR/2026-11-02", b""))

    assert context.rates.find("EUR", clock.now().date().replace(2026, 11, 3)) == rate


@pytest.mark.parametrize("topic", [topics.KEYS, topics.RATES])
def test_what_can_t_be_read_of_a_followed_topic_is_told_and_passed(
    context: Context, topic: str
) -> None:
    before = counted(topic)
    bad = Record(topic=topic, partition=0, offset=7, key=b"\xff", value=b"\xff\x00 no JSON")

    with capture_logs() as said:
        learn(context, bad)

    assert counted(topic) == before + 1
    (line,) = said
    assert (line["event"], line["topic"], line["offset"]) == ("followed_unreadable", topic, 7)
    assert context.keyring.published == {}


def test_what_comes_behind_it_is_learned(context: Context) -> None:
    rate = Rate(currency="EUR", day="2026-11-02", usd_micros=1_080_000)
    learn(context, learned(topics.RATES, "EUR/2026-11-01", b"no rate"))
    learn(context, learned(topics.RATES, "EUR/2026-11-02", encode(rate)))

    assert context.rates.find("EUR", clock.now().date().replace(2026, 11, 3)) == rate


@pytest.mark.parametrize("role", ["track", "identify", "receipts"])
def test_a_role_that_proves_nothing_needs_no_signing_secret(role: str, tmp_path: Path) -> None:
    project = tmp_path / "project.toml"
    project.write_text(
        '[project]\nname = "n"\n[[apps]]\nid = "notes"\n[[apps.stores]]\nstore = "stripe"\n'
        'secrets = [{env = "NOWHERE"}]\n'
    )
    settings = load_settings({"SN_PROJECT": str(project)})

    assert context_of(role, settings).keyring.secrets == {}
    with pytest.raises(ConfigError, match=r"secrets\[0\]: variable NOWHERE"):
        context_of("verify", settings)
