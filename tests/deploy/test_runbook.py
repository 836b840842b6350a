"""What wakes somebody is measured under that name, and the page that they are sent to is true."""

import re
import sys
from typing import NamedTuple

import pytest

from deploy.local.programs import PULL, ROLES, private_port
from deploy.local.site import Ports, Site
from ingress.__main__ import main as ingress_commands
from sinks.__main__ import COMMANDS as SINKS
from sinks.charts.consume import GROUP as CHARTS
from sinks.delivery.role import GROUP as DELIVER
from sinks.forward.role import GROUP as FORWARD
from streams.__main__ import COMMANDS as STREAMS
from streams.agents import Context
from streams.app import agents
from streams.contracts.project import Project
from streams.lookup.role import GROUP as LOOKUP
from streams.observe import clock
from streams.observe.metrics import exposition
from tests.architecture.source import ROOT, text

_ALERTS = text(ROOT / "deploy" / "prometheus" / "alerts.yml")
_RUNBOOK = text(ROOT / "deploy" / "runbook.md")
_METRIC = re.compile(r'# (counter|gauge|histogram)(?: \{([^}]*)\})?:.*\n(?:    #.*\n)*    "(\w+)",')
_USED = re.compile(r"\bsn_(\w+?)(?:\{([^}]*)\}|\b)")
_ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
_OF_PROMETHEUS = {"le", "instance", "job"}
_STARTED = "process_start_time_seconds"


class Alert(NamedTuple):
    name: str
    text: str


def _alerts() -> list[Alert]:
    parts = re.split(r"- alert: (\w+)\n", _ALERTS)[1:]
    return [Alert(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]


def _exported() -> dict[str, set[str]]:
    """The labels of each metric by the name that Prometheus sees."""
    found = _METRIC.findall(text(ROOT / "streams" / "observe" / "metrics.py"))
    return {
        name + ending: {label for label in re.split(r",\s*", labels) if label}
        for kind, labels, name in found
        for ending in _ENDINGS[kind]
    }


def _expression(alert: Alert) -> str:
    return alert.text.partition("expr:")[2].partition("labels:")[0]


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert.name)
def test_an_alert_asks_for_metrics_and_labels_that_there_are(alert: Alert) -> None:
    exported, expression = _exported(), _expression(alert)
    used = _USED.findall(expression)
    assert used or "up{" in expression or _STARTED in expression
    for name, asked in used:
        assert set(re.findall(r"(\w+)\s*(?:!?[=~])", asked)) <= exported[name], (name, asked)
    lists = re.findall(r"\bby \(([\w, ]+)\)", expression)
    grouped = {label for labels in lists for label in re.split(r",\s*", labels)}
    said = set(re.findall(r"\$labels\.(\w+)", alert.text))
    known = {label for name, _ in used for label in exported[name]} | _OF_PROMETHEUS
    assert grouped | said <= known
    if grouped:
        assert said <= grouped, "what is summed away can't be told"


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert.name)
def test_a_first_count_counts(alert: Alert) -> None:
    """A counter is born with it, and increase() and rate() need two samples that differ."""
    expression = _expression(alert)
    counters = set(re.findall(r"(?:increase|rate)\((sn_\w+(?:\{[^}]*\})?)\[", expression))
    unseen = {one for one in counters if f"({one} unless {one} offset " not in expression}
    assert unseen <= {'sn_published_keys_fetches_total{result="failed"}'}, "those go on and on"


@pytest.mark.skipif(sys.platform != "linux", reason="the library reads /proc")
def test_every_process_tells_when_it_began() -> None:
    assert f"\n{_STARTED} ".encode() in exposition()


def test_a_group_of_somebody_else_on_our_topics_wakes_nobody() -> None:
    (behind,) = (alert for alert in _alerts() if alert.name == "GroupBehind")
    (asked,) = re.findall(r'group=~"([^"]+)"', behind.text)
    context = Context(project=Project(name="t", sha256="", apps=()), now=clock.now)
    ours = {agent.group for agent in agents(context).values()} | {LOOKUP, CHARTS, DELIVER, FORWARD}

    assert {group for group in ours if not re.fullmatch(asked, group)} == set()
    assert not re.fullmatch(asked, "console-consumer-31415")


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert.name)
def test_an_alert_says_how_urgent_it_is_and_leads_to_a_heading_of_the_runbook(alert: Alert) -> None:
    headings = {
        re.sub(r"\W+", "-", heading.lower()).strip("-")
        for heading in re.findall(r"^## (.+)$", _RUNBOOK, re.MULTILINE)
    }
    assert re.search(r"severity: (page|ticket)\b", alert.text)
    assert re.search(r"runbook: ([\w-]+)", alert.text + "\n").group(1) in headings  # type: ignore[union-attr]


def test_a_single_refusal_pages_nobody() -> None:
    """It is in the window for as long as that is, so it must be over before `for` is."""
    (alert,) = (alert for alert in _alerts() if alert.name == "StoresRefused")
    (lasts,) = re.findall(r"for: (\d+)m", alert.text)
    windows = re.findall(r"\[(\d+)m\]|offset (\d+)m", _expression(alert))
    assert windows
    assert all(int(window or offset) < int(lasts) for window, offset in windows)


def test_a_defect_pages_whether_a_faust_role_or_lookup_met_it() -> None:
    (expression,) = (_expression(alert) for alert in _alerts() if alert.name == "Bug")
    assert {"sn_driver_bugs_total[15m]", 'sn_lookups_total{result="bug"}[15m]'} <= set(
        re.findall(r"increase\((\S+)\)", expression)
    )


@pytest.mark.parametrize("page", ["README.md", "deploy/runbook.md"])
def test_every_command_that_a_page_names_is_there(page: str) -> None:
    known = {"streams": STREAMS, "sinks": SINKS, "ingress": ingress_commands.commands}
    named = re.findall(r"python -m (streams|sinks|ingress) ([a-z][a-z-]*)", text(ROOT / page))
    assert len(named) > 5
    assert [(package, name) for package, name in named if name not in known[package]] == []


def test_the_health_ports_are_those_of_deploy_up() -> None:
    ports = Ports(notifications=8080, charts=8081, api=8082, kafka=9092, private=8100)
    site = Site(folder=ROOT, name="own", ports=ports, project=ROOT)
    for role in {*ROLES, PULL} - {"ingress-api", "charts"}:
        name = role.replace("ingress-", "ingress ")
        assert re.search(rf"{private_port(site, role)}\s+`{name}`", _RUNBOOK), role
