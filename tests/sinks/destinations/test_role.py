"""The integrations of one project.toml on the real broker: each gets what it tells, and no more."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sinks.delivery.attempts import Attempt, AttemptResult
from sinks.delivery.plan import Plan, read_plans
from streams.contracts.event import Event, EventType
from streams.contracts.topics import ATTEMPTS
from streams.contracts.words import Environment
from streams.settings.kafka import KafkaSettings
from streams.settings.project_file import load_project
from tests.sinks.delivery.running import (
    QUICK,
    attempts_of,
    delivering,
    own_app,
    publish,
    reading,
)
from tests.sinks.destinations.conformance import NOW
from tests.sinks.destinations.vendors.amplitude import AmplitudeServer
from tests.sinks.destinations.vendors.mixpanel import MixpanelServer
from tests.sinks.destinations.vendors.segment import SegmentServer
from tests.sinks.destinations.vendors.slack import PATH, SlackServer
from tests.sinks.events import event

Topics = tuple[str, ...]
ENVIRON = {
    "AMPLITUDE_KEY": "amplitude-key-1",
    "AMPLITUDE_SANDBOX_KEY": "amplitude-sandbox-key",
    "MIXPANEL_TOKEN": "mixpanel-token-1",
    "SEGMENT_KEY": "segment-write-key",
}
PROJECT = """
[project]
name = "shop"
[[apps]]
id = "{app}"
[[destinations]]
name = "amplitude"
type = "amplitude"
url = "{amplitude}"
api_key = {{env = "AMPLITUDE_KEY"}}
sandbox_api_key = {{env = "AMPLITUDE_SANDBOX_KEY"}}
{local}
[[destinations]]
name = "mixpanel"
type = "mixpanel"
url = "{mixpanel}"
token = {{env = "MIXPANEL_TOKEN"}}
revenue = "after_commission_and_taxes"
{local}
[[destinations]]
name = "segment"
type = "segment"
url = "{segment}"
write_key = {{env = "SEGMENT_KEY"}}
environment = "production"
event_names = {{ expiration = "", refund_reversed = "Money came back" }}
{local}
[[destinations]]
name = "slack"
type = "slack"
url = {{env = "SLACK_URL"}}
rate = 1000
{local}
"""
# The rest of the types has no name by default, or no sentence.
NAMED = {
    *(EventType.INITIAL_PURCHASE, EventType.RENEWAL, EventType.CANCELLATION, EventType.TEST),
    *(EventType.UNCANCELLATION, EventType.NON_RENEWING_PURCHASE, EventType.SUBSCRIPTION_PAUSED),
    *(EventType.EXPIRATION, EventType.BILLING_ISSUE, EventType.PRODUCT_CHANGE),
}
SILENT = {EventType.UNCANCELLATION, EventType.SUBSCRIPTION_PAUSED, EventType.EXPIRATION}
TOLD = {
    "amplitude": (NAMED, set(Environment)),
    "mixpanel": (NAMED, {Environment.PRODUCTION}),
    "segment": (
        NAMED - {EventType.EXPIRATION} | {EventType.REFUND_REVERSED},
        {Environment.PRODUCTION},
    ),
    "slack": (NAMED - SILENT, set(Environment)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    amplitude: AmplitudeServer
    mixpanel: MixpanelServer
    segment: SegmentServer
    slack: SlackServer

    def kept(self) -> dict[str, set[object]]:
        """The events that each of them has."""
        return {
            "amplitude": {one["insert_id"] for one in self.amplitude.kept.values()},
            "mixpanel": {one["properties"]["$insert_id"] for one in self.mixpanel.kept.values()},
            "segment": {
                one["messageId"] for one in self.segment.kept.values() if one["type"] == "track"
            },
            "slack": set(self.slack.kept),
        }


@asynccontextmanager
async def vendors() -> AsyncIterator[Vendors]:
    async with AsyncExitStack() as stack:
        keys = ENVIRON["AMPLITUDE_KEY"], ENVIRON["AMPLITUDE_SANDBOX_KEY"]
        token = ENVIRON["MIXPANEL_TOKEN"]
        yield Vendors(
            amplitude=await stack.enter_async_context(AmplitudeServer(*keys)),
            mixpanel=await stack.enter_async_context(MixpanelServer(token, now=NOW)),
            segment=await stack.enter_async_context(SegmentServer(ENVIRON["SEGMENT_KEY"])),
            slack=await stack.enter_async_context(SlackServer()),
        )


def plans(folder: Path, app: str, at: Vendors) -> tuple[Plan, ...]:
    """As deliver reads them from the file; of this app only, since tests share the topics."""
    file = folder / "project.toml"
    local = f'apps = ["{app}"]\nallow_private = true\nallow_insecure = true'
    urls = {name: getattr(at, name).url for name in ("amplitude", "mixpanel", "segment")}
    file.write_text(PROJECT.format(app=app, local=local, **urls))
    environ = {**ENVIRON, "SLACK_URL": at.slack.url + PATH}
    return tuple(replace(plan, schedule=QUICK) for plan in read_plans(load_project(file, environ)))


def expected(told: list[Event], name: str) -> set[str]:
    types, environments = TOLD[name]
    return {one.id for one in told if one.type in types and one.environment in environments}


async def test_each_gets_what_it_has_a_name_and_a_credential_for_once(
    kafka: KafkaSettings, topics: Topics, tmp_path: Path
) -> None:
    app = own_app()
    told = [
        event(f"{app}/{type_}/{where}", type_, app_id=app, environment=where, customer_id=type_)
        for type_ in EventType
        for where in Environment
    ]
    should = {name: expected(told, name) for name in TOLD}
    async with vendors() as at, reading(kafka, ATTEMPTS) as log:
        async with delivering(kafka, *plans(tmp_path, app, at)):
            await publish(kafka, told)
            attempts = await attempts_of(log, app, sum(map(len, should.values())))
        kept = at.kept()

    assert kept == should
    assert all(should.values())
    assert Counter(one.destination for one in attempts) == {
        n: len(ids) for n, ids in should.items()
    }
    assert {one.result for one in attempts} == {AttemptResult.DELIVERED}
    assert_no_secret(attempts, [*ENVIRON.values(), PATH])


def assert_no_secret(attempts: list[Attempt], secrets: list[str]) -> None:
    shown = repr(attempts)
    assert not [secret for secret in secrets if secret in shown]
