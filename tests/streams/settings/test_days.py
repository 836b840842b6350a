"""`--from DAY`: one day in one form, and its first moment in UTC wherever the machine is."""

from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from streams.settings.days import from_day


@click.command()
@from_day("since", "What came")
def _command(*, since: datetime | None) -> None:
    click.echo(repr(since))


def test_a_day_begins_at_midnight_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    said = CliRunner().invoke(_command, ["--from", "2026-11-23"])
    assert said.output.strip() == repr(datetime(2026, 11, 23, tzinfo=UTC))
    assert CliRunner().invoke(_command, []).output.strip() == "None"


def test_what_is_no_day_is_refused_with_the_form() -> None:
    said = CliRunner().invoke(_command, ["--from", "yesterday"])
    assert said.exit_code == 2
    assert "%Y-%m-%d" in said.output
