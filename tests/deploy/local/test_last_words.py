"""What a child that ended said last, and what is to be done, as a person is told."""

import pytest

from deploy.local.last_words import advice, how_it_ended, last_words

_SUPERVISOR = """\
2026-11-28 07:01:17,061 WARN exited: verify (terminated by SIGKILL; not expected)
2026-11-28 07:01:17,262 INFO spawned: 'verify' with pid 15824
2026-11-28 07:03:16,965 WARN exited: delay (exit status 75; not expected)
2026-11-28 07:04:16,965 WARN exited: verify (exit status 2; not expected)
2026-11-28 07:05:43,342 INFO stopped: charts (exit status 0)
"""
_INFO = '{"role": "verify", "event": "partitions_assigned", "level": "info"}\n'
_CRITICAL = (
    '{"event": "process_ended", "why": "the event loop has not turned", "level": "critical"}\n'
)
_EXCEPTION = '{"event": "x", "exception": "Traceback:\\n  at\\nValueError: no", "level": "error"}\n'


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *(("verify", "exit status 2"), ("delay", "exit status 75"), ("charts", "exit status 0")),
        *(("track", ""), ("del", "")),
    ],
)
def test_how_it_ended_last_is_in_the_supervisor_s_log(name: str, how: str) -> None:
    assert how_it_ended(name, _SUPERVISOR) == how


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", []),
        (_INFO, []),
        (_INFO + "error: SN_KAFKA is wrong\n", ["error: SN_KAFKA is wrong"]),
        (_INFO + _CRITICAL + _INFO, ["process_ended: the event loop has not turned"]),
        (_EXCEPTION, ["x: ValueError: no"]),
        ("error: the same\n" * 5, ["error: the same"]),
        ("one\ntwo\nthree\nfour\n", ["two", "three", "four"]),
        ("x" * 500, ["x" * 300]),
        ("17\n", ["17"]),
    ],
)
def test_last_words_are_what_may_say_why(log: str, words: list[str]) -> None:
    assert last_words(log) == words


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("exit status 2", "Mend that"),
        ("exit status 75", "by itself"),
        ("terminated by SIGKILL", "memory"),
        ("exit status 1", "runbook"),
        ("", "runbook"),
    ],
)
def test_there_is_something_to_do_about_every_end(how: str, told: str) -> None:
    assert told in advice(how)
