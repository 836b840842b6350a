"""Every metric by name, with its meaning: a wrong name does not type-check. Exported as `sn_<name>`.

A name is a counter, a gauge or a histogram of seconds by the function that first uses it, and
keeps its label names; labels come from closed sets (store, role, topic), never from a message.
"""

from typing import Literal

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

MetricName = Literal[
    # counter {store, status}: requests answered on the notification route, by HTTP status
    "ingress_requests",
    # counter {store}: posts to a token that no app has
    "ingress_unknown_token",
    # counter {store, why}: refused: broker, in_flight, token_rate, token_day, body, route, ...
    "ingress_refused",
    # histogram {store}: seconds from the first byte of the request to the answer, accepted ones
    "ingress_seconds",
    # gauge: bytes of bodies that wait for the broker's acknowledgment
    "ingress_in_flight_bytes",
    # gauge {port}: open connections on a port of this process, by the setting that names it
    "connections",
    # counter {why}: connections cut off: slow (or stalled) senders, too many connections
    "connections_cut_off",
    # counter {route, status}: requests answered on the backends' API
    "api_requests",
    # counter {app}: purchases accepted from backends
    "purchases_posted",
    # counter: records settled by a Faust role
    "driver_records",
    # histogram: seconds of a Faust role's cycle, from the first step to the last acknowledgment
    "driver_cycle_seconds",
    # counter {topic}: records whose step raised, now dead letters; it pages
    "driver_bugs",
    # counter {reason}: records that a Faust role rejected: signature, malformed, wrong_app, environment, ...
    "driver_rejected",
    # counter: batches fetched while partitions moved, and put back
    "driver_put_back",
    # counter: times that partitions were taken up
    "driver_rebalances",
    # counter: records of changelogs read into the local states
    "driver_restored",
    # counter {topic}: records of `keys` and `rates` that a Faust role could not read, and passed
    "followed_unreadable",
    # gauge: records that the delay role holds in memory until they are due
    "delay_waiting",
    # histogram: seconds after its due time at which a delayed record was written to its target
    "delay_late_seconds",
    # counter: delayed records that could not be read, sent to the dead letters
    "delay_dead",
    # counter {destination, result}: delivery attempts and what was given up, by how they ended
    "deliveries",
    # counter {destination, reason}: put off without an attempt: lane_full, waited_too_long, breaker_open
    "deliveries_put_off",
    # counter {topic}: records that deliver could not read; they are in deliveries.dead
    "delivery_unreadable",
    # counter {topic}: records of deliver that Kafka would never take: too large
    "delivery_unwritable",
    # gauge {destination}: deliveries that wait in the lane, of this process
    "delivery_lane_waiting",
    # gauge {destination}: put off by this process without an attempt, and not due yet
    "delivery_put_off_waiting",
    # gauge {destination}: 1 while its circuit breaker is not closed
    "delivery_breaker_open",
    # histogram: seconds from reading an event to the start of its POST
    "delivery_wait_seconds",
    # histogram {destination}: seconds of an attempt, from its start to the end of the answer
    "delivery_seconds",
    # histogram {destination}: seconds from receiving the notification to the receiver's 2xx
    "delivered_after_seconds",
    # counter {table}: rows that the charts role inserted
    "charts_rows",
    # histogram: seconds to insert one batch into all tables
    "charts_append_seconds",
    # histogram: seconds to fold the subscriptions that a batch touched
    "charts_fold_seconds",
    # histogram {topic}: seconds from a record's being written to Kafka until charts show it
    "charts_visible_seconds",
    # counter: records that nothing could read, kept in table notifications
    "charts_unreadable",
    # counter {route, status}: requests answered on the charts API
    "charts_requests",
    # counter {route, status}: requests answered on the console
    "console_requests",
    # histogram: seconds of work in ClickHouse for an answer that was not at hand
    "charts_query_seconds",
    # counter {result}: key sets of issuers that were asked for: good, failed
    "published_keys_fetches",
    # counter {store}: pointers whose store can't be asked, and that wait another day
    "pointers_waiting",
    # counter {store}: pointers that were written again because credentials were added
    "pointers_released",
    # counter {store}: purchases that no due time led to, and that were given one
    "purchases_woken",
    # counter: pointers and key wishes that could not be read, sent to the dead letters
    "lookup_dead",
    # counter {store, api, status}: requests to a store's API, by HTTP status, or the kind of failure
    "lookup_requests",
    # counter {app}: messages that the role pull took from Pub/Sub
    "pulled",
    # histogram {store, api}: seconds of such a request
    "lookup_seconds",
    # counter {store, result}: pointers by what came of them: found, stale, throttled, failed, ...
    "lookups",
    # gauge {app, store}: since "Last received" moved; of a store that has ever been received from
    "store_silent_seconds",
    # gauge {app, store}: how long it may be silent before that is unusual, by its own last week
    "store_patience_seconds",
    # gauge {group, topic}: records that a group has not read yet
    "group_lag_records",
    # gauge {group, topic}: age in seconds of the oldest of them
    "group_lag_seconds",
]

_PREFIX = "sn_"
# From a produce on loopback to a delivery that gave up.
_BUCKETS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0,
)  # fmt: skip
_counters: dict[str, Counter] = {}
_gauges: dict[str, Gauge] = {}
_histograms: dict[str, Histogram] = {}
# With their labels, by name and labels: finding one again costs a third of asking the library.
_labeled_counters: dict[object, Counter] = {}
_labeled_histograms: dict[object, Histogram] = {}


def count(name: MetricName, n: float = 1, **labels: str) -> None:
    """Add `n` to a counter."""
    counter(name, **labels).inc(n)


def counter(name: MetricName, **labels: str) -> Counter:
    """That counter: to be kept by who counts often, for looking it up costs more than counting."""
    key = (name, *labels.items())
    found = _labeled_counters.get(key)
    if found is None:
        if name not in _counters:
            _counters[name] = Counter(_PREFIX + name, _meaning(name), tuple(labels))
        found = _counters[name].labels(**labels) if labels else _counters[name]
        _labeled_counters[key] = found
    return found


def gauge(name: MetricName, value: float, **labels: str) -> None:
    """Set a gauge."""
    if name not in _gauges:
        _gauges[name] = Gauge(_PREFIX + name, _meaning(name), tuple(labels))
    found = _gauges[name]
    (found.labels(**labels) if labels else found).set(value)


def forget(name: MetricName) -> None:
    """Export a gauge no more until it is set again: what is not known must not look as it did last."""
    if name in _gauges:
        _gauges[name].clear()


def observe(name: MetricName, seconds: float, **labels: str) -> None:
    """Add one duration to a histogram."""
    histogram(name, **labels).observe(seconds)


def histogram(name: MetricName, **labels: str) -> Histogram:
    """That histogram: to be kept by who observes often, as with `counter`."""
    key = (name, *labels.items())
    found = _labeled_histograms.get(key)
    if found is None:
        if name not in _histograms:
            named = Histogram(_PREFIX + name, _meaning(name), tuple(labels), buckets=_BUCKETS)
            _histograms[name] = named
        found = _histograms[name].labels(**labels) if labels else _histograms[name]
        _labeled_histograms[key] = found
    return found


def exposition() -> bytes:
    """All metrics of this process in Prometheus's text format."""
    return generate_latest(REGISTRY)


def _meaning(name: str) -> str:
    return name.replace("_", " ")
