"""The role `pull`: takes Google's messages from Pub/Sub, so that no endpoint need be public.

A message is acknowledged when it is in Kafka, and not before: what is not comes again. It is written as
if it had been pushed, with the mark that this process pulled it with credentials of its own.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from aiohttp import ClientSession
from msgspec import Raw, Struct

from streams.contracts import topics
from streams.contracts.codec import encode, write_json
from streams.contracts.errors import ConfigError, StoreNotificationsError, TransientError
from streams.contracts.ids import AppId, ReceiptId, StoreName
from streams.contracts.project import App, Project
from streams.contracts.raw import RawNotification, raw_headers
from streams.contracts.step import Out
from streams.contracts.words import Origin
from streams.kafka.producer import Producer
from streams.lookup.api import Api, read
from streams.lookup.play_store import Options
from streams.lookup.service_account import ServiceAccount
from streams.lookup.settings import read_options
from streams.observe import clock, metrics
from streams.observe.health import Health, serve_health
from streams.settings.environment import Settings
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import ApiSettings, load_project
from streams.stores.play_store.options import NAME, READER

_PUBSUB = "https://pubsub.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/pubsub"
_AT_ONCE = 100
_POLL = timedelta(seconds=100)  # Pub/Sub answers within 90 s, with nothing when nothing came
_RATE = 50.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds after a failure
_IDLE = 0.2  # seconds after an answer of nothing, which Pub/Sub may give at once
_SILENT = 300.0  # seconds without any answer
_log = structlog.get_logger()
Apis = Mapping[tuple[AppId, StoreName], ApiSettings]


class _Named(Struct, frozen=True, kw_only=True, rename="camel"):
    message_id: str


class _Received(Struct, frozen=True, kw_only=True, rename="camel"):
    """`message`: as it would stand in a push."""

    ack_id: str
    message: Raw


class _Pulled(Struct, frozen=True, kw_only=True, rename="camel"):
    received_messages: tuple[_Received, ...] = ()


async def run(settings: Settings) -> None:
    """Pull until cancelled. Raise ConfigError when no app pulls, or one can't."""
    file = load_project(settings.project)
    apis = file.apis({(app.app_id, NAME) for app in pulling(file.project)})
    role = Pull(kafka=settings.kafka, project=file.project, apis=apis, slot=settings.slot)
    async with serve_health(settings.host, settings.health_port, role.health):
        await role.run()


@dataclass(kw_only=True)
class Pull:
    """`heard`: when each app's subscription last answered, monotonic."""

    kafka: KafkaSettings
    project: Project
    apis: Apis
    slot: str = "0"
    heard: dict[AppId, float] = field(default_factory=dict)

    @property
    def health(self) -> Health:
        return Health(live=lambda: None, ready=self._unready)

    async def run(self) -> None:
        """Every app on its own."""
        async with (
            ClientSession() as session,
            Producer(self.kafka, client_id=f"pull-{self.slot}") as producer,
        ):
            pulled = sources(self.project, self.apis, session)
            if not pulled:
                raise ConfigError("no app pulls: set pull = true in the options of its play_store")
            async with asyncio.TaskGroup() as group:
                for source in pulled:
                    group.create_task(self._keep(source, producer))

    async def _keep(self, source: "Source", producer: Producer) -> None:
        """A failure waits, and takes nothing away: what was not acknowledged comes again."""
        wait = _FIRST_WAIT
        while True:
            try:
                if not await source.take(producer):
                    await asyncio.sleep(_IDLE)
            except TransientError as error:
                _log.warning("not_pulled", app_id=source.app.app_id, reason=str(error))
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            except StoreNotificationsError as error:
                raise ConfigError(
                    f"app {source.app.app_id!r}: {source.subscription} can't be pulled: {error}"
                ) from error
            else:
                self.heard[source.app.app_id] = clock.monotonic()
                wait = _FIRST_WAIT

    def _unready(self) -> str | None:
        now = clock.monotonic()
        silent = [
            app.app_id
            for app in pulling(self.project)
            if now - self.heard.get(app.app_id, -_SILENT) > _SILENT
        ]
        return f"no answer from Pub/Sub for {', '.join(silent)}" if silent else None


def pulling(project: Project) -> list[App]:
    """The apps whose Google Play is pulled."""
    sold = [app for app in project.apps if any(store.store == NAME for store in app.stores)]
    return [app for app in sold if READER.of(app).pull]


def sources(project: Project, apis: Apis, session: ClientSession) -> "list[Source]":
    """One of each app that pulls. Raise ConfigError when one can't."""
    return [_source(app, _api_of(app, apis), session) for app in pulling(project)]


def _api_of(app: App, apis: Apis) -> ApiSettings:
    found = apis.get((app.app_id, NAME))
    if found is None:
        raise ConfigError(
            f"app {app.app_id!r} pulls: set service_account_key in [apps.stores.api] of play_store"
        )
    return found


def _source(app: App, settings: ApiSettings, session: ClientSession) -> "Source":
    options = read_options(settings, Options, demo=app.demo)
    path = f"{settings.path}.service_account_key"
    account = ServiceAccount.of(options.service_account_key, path, session, _SCOPE)
    api = Api(
        store=NAME,
        url=(options.url or _PUBSUB).rstrip("/"),
        session=session,
        authorize=account.headers,
        rate=_RATE,
        forget=account.forget,
        timeout=_POLL,
    )
    return Source(app=app, api=api, subscription=READER.of(app).subscription)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One subscription, projects/P/subscriptions/S."""

    app: App
    api: Api
    subscription: str

    async def take(self, producer: Producer) -> int:
        """What is there, into Kafka, then acknowledged. How many."""
        asked = write_json({"maxMessages": _AT_ONCE})
        body = await self.api.post("pubsub", f"/v1/{self.subscription}:pull", (), asked)
        received = read(body, _Pulled).received_messages
        if received:
            await producer.send_all([self._out(one) for one in received])
            done = write_json({"ackIds": [one.ack_id for one in received]})
            await self.api.post("pubsub", f"/v1/{self.subscription}:acknowledge", (), done)
            metrics.count("pulled", len(received), app=self.app.app_id)
        return len(received)

    def _out(self, received: _Received) -> Out:
        """The body of the push that it would have been."""
        body = encode({"message": received.message, "subscription": self.subscription})
        named = read(bytes(received.message), _Named).message_id
        raw = RawNotification(
            receipt_id=ReceiptId(f"pull/{self.app.app_id}/{named}"),
            app_id=self.app.app_id,
            store=NAME,
            environments=self.app.store(NAME).environments,
            token_hint="",
            received_at=clock.now(),
            origin=Origin.NOTIFICATION,
            request_headers=(),
            body=body,
            pulled=True,
        )
        return Out(topic=topics.RAW, key=None, value=body, headers=raw_headers(raw))
