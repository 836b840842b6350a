"""What a lane counts."""

from prometheus_client import REGISTRY

from sinks.delivery.lane_log import LaneLog


def test_a_clock_that_was_set_back_takes_nothing_from_the_sum_of_seconds() -> None:
    log = LaneLog("clock-set-back")

    log.delivered_at_once(2.0)
    log.delivered_at_once(-86_400.0)

    of = {"destination": "clock-set-back"}
    assert REGISTRY.get_sample_value("sn_delivered_after_seconds_sum", of) == 2.0
    assert REGISTRY.get_sample_value("sn_delivered_after_seconds_count", of) == 2
