"""Runs one of the four Faust roles: `run("verify")`. What an agent reads and keeps is said here."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from streams.agents import Context, bug, identify, receipts, track, verify
from streams.contracts import topics
from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.money import Rate
from streams.contracts.project import Keyring
from streams.contracts.step import Record
from streams.driver.agent import Agent, Options
from streams.driver.beside import Followed
from streams.driver.worker import run_agent
from streams.observe import clock, logs, metrics
from streams.settings.environment import Settings, load_settings
from streams.settings.project_file import load_project
from streams.stores import check_project

_FOLLOWED = {"verify": (topics.KEYS,), "identify": (topics.RATES,), "receipts": (topics.RATES,)}
_log = structlog.get_logger()


def agents(context: Context) -> dict[str, Agent]:
    """The roles by name, each with its step bound to what it is given as values."""
    made = (
        Agent(
            name="verify",
            reads=(topics.RAW, topics.POSTED),
            step=lambda record, _state: verify(record, context),
            on_bug=bug,
        ),
        Agent(
            name="track",
            reads=(topics.PURCHASES,),
            table="purchases",
            step=lambda record, state: track(record, state, context),
            on_bug=bug,
        ),
        Agent(
            name="identify",
            reads=(topics.CUSTOMER_INBOX,),
            table="customers",
            first=(topics.CUSTOMERS,),  # GET /v1/subscribers is never behind a webhook
            step=lambda record, state: identify(record, state, context),
        ),
        Agent(
            name="receipts",
            reads=(topics.OUTCOMES,),
            table="last_received",
            step=lambda record, state: receipts(record, state, context),
        ),
    )
    return {agent.name: agent for agent in made}


def run(role: str) -> None:
    """Until SIGTERM. Raise ConfigError when a setting, the project or a topic is not as it must be."""
    settings = load_settings()
    logs.configure(role, settings.log_level, settings.log_format)
    context = context_of(role, settings)
    agent = agents(context).get(role)
    if agent is None:
        raise ConfigError(f"no Faust role is named {role!r}")
    run_agent(
        agent,
        _options(settings),
        beside=[_followed(topic, settings, context) for topic in _FOLLOWED.get(role, ())],
        host=settings.host,
        health_port=settings.health_port,
    )


def context_of(role: str, settings: Settings) -> Context:
    """What its steps are given. Signing secrets are read by `verify` only: nobody else proves."""
    file = load_project(settings.project)
    keyring = file.keyring() if role == "verify" else None
    check_project(file.project, keyring, str(file.source.file))
    return Context(project=file.project, now=clock.now, keyring=keyring or Keyring())


def _options(settings: Settings) -> Options:
    return Options(
        kafka=settings.kafka,
        data_dir=settings.data_dir,
        partitions=settings.partitions,
        slot=settings.slot,
        session_timeout=float(settings.session_timeout),
    )


def _followed(topic: str, settings: Settings, context: Context) -> Followed:
    return Followed(settings.kafka, topic, lambda record: learn(context, record))


def learn(context: Context, record: Record) -> None:
    """What a followed topic tells. A record that can't be read is told and passed: the topics are
    compacted, so one that ended the role would end it at every start."""
    try:
        _LEARN[record.topic](context, record)
    except MalformedError as error:
        metrics.count("followed_unreadable", topic=record.topic)
        place = {"partition": record.partition, "offset": record.offset}
        _log.error("followed_unreadable", topic=record.topic, **place, reason=str(error))


def learn_keys(context: Context, record: Record) -> None:
    """One issuer's published keys; a tombstone takes them all away."""
    issuer = (record.key or b"").decode(errors="replace")
    keys = decode(record.value, dict[str, str]) if record.value else {}
    published = context.keyring.published | {
        issuer: {id_: pem.encode() for id_, pem in keys.items()}
    }
    context.keyring = replace(context.keyring, published=published)


def learn_rate(context: Context, record: Record) -> None:
    """One currency's rate of one day; rates are never taken away."""
    if record.value:
        context.rates.add(decode(record.value, Rate))


_LEARN: dict[str, Callable[[Context, Record], None]] = {
    topics.KEYS: learn_keys,
    topics.RATES: learn_rate,
}
