"""A role that waits for the broker is alive and not ready; one that is stuck while it answers is not alive."""

from dataclasses import dataclass

from sinks.delivery.pulse import pulse

_SILENT = "the broker has not answered deliver for 90 s"


@dataclass(kw_only=True)
class Role:
    """What health sees of one."""

    oldest_age: float = 0.0
    failing_for: float = 0.0
    assignment: frozenset[tuple[str, int]] = frozenset({("events", 0)})
    silent: str | None = None
    ended: str | None = None

    def silence(self) -> str | None:
        return self.silent

    def trouble(self) -> str | None:
        return self.silent

    def problem(self) -> str | None:
        return self.ended

    def told(self) -> tuple[str | None, str | None]:
        """Live, ready."""
        health = pulse(self, self, self, 25.0)
        return health.live(), health.ready()


def test_one_that_delivers_is_both() -> None:
    assert Role(oldest_age=80.0).told() == (None, None)


def test_without_a_broker_it_is_alive_for_a_restart_would_wait_for_it_too() -> None:
    away = Role(oldest_age=90.0, failing_for=90.0, silent=_SILENT)
    assert away.told() == (None, _SILENT)


def test_a_broker_that_answers_and_acknowledges_nothing_asks_for_a_restart() -> None:
    live, _ = Role(failing_for=61.0).told()
    assert live == "the broker has acknowledged nothing for 61 s"


def test_a_record_that_is_never_done_asks_for_a_restart() -> None:
    live, _ = Role(oldest_age=86.0).told()
    assert live == "a record is not done after 86 s"


def test_without_partitions_or_decisions_it_is_not_ready() -> None:
    assert Role(assignment=frozenset()).told() == (None, "no partition is assigned")
    assert Role(ended="control is not followed any more").told()[1] is not None
