"""python -m sinks destinations without a subcommand: how each stands, as a table or as JSON."""

from collections.abc import Mapping
from datetime import datetime

import click

from sinks.charts.ask import RefusedError, get
from sinks.charts.show import ago
from sinks.delivery.breaker import BreakerState
from sinks.delivery.health import Health, Logged, health_of, read_logged
from sinks.delivery.lane_report import FRESH, LaneBoard, LaneStanding
from sinks.delivery.running import Configured, show, standing_now
from streams.contracts.codec import encode
from streams.contracts.errors import TransientError
from streams.contracts.topics import LANES
from streams.kafka.follower import Follower
from streams.observe import clock
from streams.settings.environment import Settings

_COLUMNS = (
    *("destination", "type", "file", "decided", "breaker", "lane", "retries"),
    *("last success", "last failure", "success 1 h"),
)


async def list_destinations(given: Configured, *, as_json: bool) -> None:
    """Print them; without the charts process what only the log knows is missing, and said to be."""
    if not given.lanes and not as_json:
        click.echo(f"no destination in {given.settings.project}")
        return
    now = clock.now()
    standing, board = await standing_now(given.settings.kafka), await _board(given.settings, now)
    logged = await _logged(given.settings)
    healths = [health_of(plan, standing, board, logged, now) for plan in given.lanes]
    if as_json:
        click.echo(encode([_plain(one) for one in healths]))
    else:
        show(_COLUMNS, [_row(one, now) for one in healths])


async def _board(settings: Settings, now: datetime) -> LaneBoard:
    """What every process has said lately."""
    board = LaneBoard()
    follower = Follower(settings.kafka, LANES, board.on_record, since=now - FRESH)
    await follower.start()
    await follower.stop()
    return board


async def _logged(settings: Settings) -> Mapping[str, Logged] | None:
    try:
        answer = await get(settings.charts_url, "/v1/deliveries/health", key=settings.charts_key)
    except (TransientError, RefusedError) as error:
        click.echo(f"the delivery log is not known: {error}", err=True)
        return None
    return read_logged(answer["destinations"])


def _plain(health: Health) -> dict[str, object]:
    """Its own words beside what they are made of."""
    return {
        "name": health.name,
        "type": health.type,
        "state": health.state,
        "trouble": health.trouble,
        "retries_waiting": health.retries_waiting,
        "file": health.file_state,
        "decided": health.decision,
        "lane": health.lane,
        "log": health.log,
    }


def _row(health: Health, now: datetime) -> dict[str, object]:
    log = health.log
    return {
        "destination": health.name,
        "type": health.type,
        "file": health.file_state,
        "decided": _decided(health, now),
        "breaker": _breaker(health.lane),
        "lane": f"{health.lane.waiting} + {health.lane.under_way}"
        if health.lane.processes
        else "?",
        "retries": "?" if health.retries_waiting is None else health.retries_waiting,
        "last success": "?" if log is None else _ago(log.last_delivered_at, now),
        "last failure": "?" if log is None else _failure(log, now),
        "success 1 h": "?" if log is None else _share(log),
    }


def _decided(health: Health, now: datetime) -> str:
    decision = health.decision
    if decision is None:
        return ""
    return f"{decision.state} {_ago(decision.decided_at, now)}: {decision.reason}"


def _breaker(lane: LaneStanding) -> str:
    """The worst of all processes; of how many, where they differ."""
    if not lane.processes:
        return "nobody delivers"
    if lane.breaker is BreakerState.CLOSED:
        return lane.breaker
    where = f" in {lane.not_closed} of {lane.processes}" if lane.processes > 1 else ""
    probe = f", probe at {lane.probe_at:%H:%M:%S}" if lane.breaker is BreakerState.OPEN else ""
    return f"{lane.breaker.replace('_', '-')}{where} ({lane.reason}){probe}"


def _failure(log: Logged, now: datetime) -> str:
    at = _ago(log.last_failed_at, now)
    return at if log.last_failed_at is None else f"{at}: {log.last_failure}"


def _share(log: Logged) -> str:
    if log.success_1h is None:
        return "no attempt"
    return f"{100 * log.success_1h:.1f} % of {log.attempts_1h:,}"


def _ago(at: datetime | None, now: datetime) -> str:
    return ago(None if at is None else at.isoformat(), now)
