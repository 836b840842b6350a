"""Metrics: every name in one list with its meaning, exported as Prometheus reads it."""

import inspect
import typing

from streams.observe import metrics

NAMES = typing.get_args(metrics.MetricName)


def lines(start: str) -> list[str]:
    text = metrics.exposition().decode()
    return [line for line in text.splitlines() if line.startswith(start)]


def test_every_name_stands_once_with_its_kind_and_meaning_above_it() -> None:
    source = inspect.getsource(metrics).split("MetricName = Literal[")[1].split("\n]")[0]
    told = [line.strip() for line in source.splitlines() if line.strip()]
    names = [line.strip('",') for line in told if line.startswith('"')]
    assert sorted(names) == sorted(NAMES)
    assert len(set(names)) == len(names)
    for name in names:
        above = told[: told.index(f'"{name}",')]
        comment = next(line for line in reversed(above) if line.startswith(("# ", '"')))
        assert comment.startswith("# "), name
        block = [line for line in above[len(above) - 4 :] if line.startswith("# ")]
        assert any(word in " ".join(block) for word in ("counter", "gauge", "histogram")), name


def test_a_counter_adds_up_for_each_of_its_labels() -> None:
    metrics.count("ingress_unknown_token", store="test-a")
    metrics.count("ingress_unknown_token", 2, store="test-a")
    metrics.count("ingress_unknown_token", store="test-b")
    assert lines("sn_ingress_unknown_token_total{") >= [
        'sn_ingress_unknown_token_total{store="test-a"} 3.0',
        'sn_ingress_unknown_token_total{store="test-b"} 1.0',
    ]


def test_labels_are_told_apart_whatever_their_order() -> None:
    metrics.count("api_requests", route="x", status="y")
    metrics.count("api_requests", status="y", route="x")
    metrics.count("api_requests", route="y", status="x")
    found = {line.split()[0]: line.split()[1] for line in lines("sn_api_requests_total{")}
    assert found['sn_api_requests_total{route="x",status="y"}'] == "2.0"
    assert found['sn_api_requests_total{route="y",status="x"}'] == "1.0"


def test_a_gauge_is_what_it_was_set_to_last() -> None:
    metrics.gauge("ingress_connections", 5)
    metrics.gauge("ingress_connections", 3)
    assert lines("sn_ingress_connections ") == ["sn_ingress_connections 3.0"]


def test_a_histogram_counts_seconds_in_buckets() -> None:
    metrics.observe("ingress_seconds", 0.004, store="test-c")
    metrics.observe("ingress_seconds", 4.0, store="test-c")
    found = dict(line.rsplit(" ", 1) for line in lines("sn_ingress_seconds"))
    assert found['sn_ingress_seconds_bucket{le="0.005",store="test-c"}'] == "1.0"
    assert found['sn_ingress_seconds_bucket{le="5.0",store="test-c"}'] == "2.0"
    assert found['sn_ingress_seconds_sum{store="test-c"}'] == "4.004"
