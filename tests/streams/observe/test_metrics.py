"""Metrics as Prometheus reads them, whoever counts and in whatever order the labels stand."""

from streams.observe import metrics


def lines(start: str) -> list[str]:
    text = metrics.exposition().decode()
    return [line for line in text.splitlines() if line.startswith(start)]


def test_a_counter_adds_up_for_each_of_its_labels() -> None:
    metrics.count("ingress_unknown_token", store="test-a")
    metrics.count("ingress_unknown_token", 2, store="test-a")
    metrics.count("ingress_unknown_token", store="test-b")
    assert {
        'sn_ingress_unknown_token_total{store="test-a"} 3.0',
        'sn_ingress_unknown_token_total{store="test-b"} 1.0',
    } <= set(lines("sn_ingress_unknown_token_total{"))


def test_a_counter_and_a_histogram_that_are_kept_are_those_of_the_name() -> None:
    metrics.counter("ingress_unknown_token", store="test-kept").inc(2)
    metrics.count("ingress_unknown_token", store="test-kept")
    metrics.histogram("ingress_seconds", store="test-kept").observe(0.5)
    metrics.observe("ingress_seconds", 0.25, store="test-kept")

    assert lines('sn_ingress_unknown_token_total{store="test-kept"}')[0].endswith(" 3.0")
    assert lines('sn_ingress_seconds_sum{store="test-kept"}')[0].endswith(" 0.75")


def test_labels_are_told_apart_whatever_their_order() -> None:
    metrics.count("api_requests", route="x", status="y")
    metrics.count("api_requests", status="y", route="x")
    metrics.count("api_requests", route="y", status="x")
    found = {line.split()[0]: line.split()[1] for line in lines("sn_api_requests_total{")}
    assert found['sn_api_requests_total{route="x",status="y"}'] == "2.0"
    assert found['sn_api_requests_total{route="y",status="x"}'] == "1.0"


def test_a_gauge_is_what_it_was_set_to_last() -> None:
    metrics.gauge("ingress_in_flight_bytes", 5)
    metrics.gauge("ingress_in_flight_bytes", 3)
    assert lines("sn_ingress_in_flight_bytes ") == ["sn_ingress_in_flight_bytes 3.0"]


def test_a_histogram_counts_seconds_in_buckets() -> None:
    metrics.observe("ingress_seconds", 0.004, store="test-c")
    metrics.observe("ingress_seconds", 4.0, store="test-c")
    found = dict(line.rsplit(" ", 1) for line in lines("sn_ingress_seconds"))
    assert found['sn_ingress_seconds_bucket{le="0.005",store="test-c"}'] == "1.0"
    assert found['sn_ingress_seconds_bucket{le="5.0",store="test-c"}'] == "2.0"
    assert found['sn_ingress_seconds_sum{store="test-c"}'] == "4.004"
