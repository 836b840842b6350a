"""Lag: asked once a second at most, added up by topic, told as metrics."""

import asyncio

import pytest

from sinks.charts import lag_watch
from sinks.charts.lag_watch import LagWatch, TopicLag, totals
from streams.contracts.errors import TransientError
from streams.kafka.lag import GroupLag
from streams.observe import metrics

LAGS = [
    GroupLag(group="charts", topic="events", partition=0, records=3, seconds=1.5),
    GroupLag(group="charts", topic="events", partition=1, records=4, seconds=0.5),
    GroupLag(group="verify", topic="notifications.raw", partition=0, records=0, seconds=0.0),
]


class Broker:
    """Answers with LAGS, or is away, or hangs."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.hangs = False

    async def ask(self) -> list[GroupLag]:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise TransientError("no broker")
        return LAGS


def test_partitions_of_a_topic_are_added_up_and_the_oldest_record_tells_the_age() -> None:
    assert totals(LAGS) == [
        TopicLag(group="charts", topic="events", records=7, seconds=1.5),
        TopicLag(group="verify", topic="notifications.raw", records=0, seconds=0.0),
    ]


async def test_those_who_ask_at_once_share_one_question() -> None:
    broker = Broker()
    watch = LagWatch(broker.ask)
    assert await asyncio.gather(*(watch.lags() for _ in range(5))) == [LAGS] * 5
    assert broker.asked == 1
    text = metrics.exposition().decode()
    assert 'sn_group_lag_records{group="charts",topic="events"} 7.0' in text
    assert 'sn_group_lag_seconds{group="charts",topic="events"} 1.5' in text


async def test_what_is_not_known_any_more_is_not_exported_as_it_was_last() -> None:
    """The alert for a broker that is away waits for these metrics to be absent."""
    broker = Broker()
    watch = LagWatch(broker.ask)
    await watch.lags(within=0.0)
    assert "sn_group_lag_seconds{" in metrics.exposition().decode()
    broker.away = True
    with pytest.raises(TransientError):
        await watch.lags(within=0.0)
    assert "sn_group_lag_seconds{" not in metrics.exposition().decode()
    assert "sn_group_lag_records{" not in metrics.exposition().decode()


async def test_a_broker_that_is_away_is_said_to_be_and_watched_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lag_watch, "_EVERY", 0.01)
    broker = Broker()
    broker.away = True
    watch = LagWatch(broker.ask)
    with pytest.raises(TransientError):
        await watch.lags()
    watching = asyncio.create_task(watch.watch())
    await asyncio.sleep(0.1)
    broker.away = False
    await asyncio.sleep(0.1)
    assert await watch.lags(within=0) == LAGS
    assert not watching.done()
    watching.cancel()


async def test_a_broker_that_hangs_is_waited_for_once_and_not_by_each_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lag_watch, "_PATIENCE", 0.05)
    broker = Broker()
    broker.hangs = True
    watch = LagWatch(broker.ask)
    asking = (watch.lags() for _ in range(5))
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert {str(answer) for answer in answers} == {"asked how far the groups are, no answer in 0 s"}
    assert broker.asked == 1


async def test_who_is_content_with_an_older_answer_gets_it() -> None:
    broker = Broker()
    watch = LagWatch(broker.ask)
    for _ in range(2):
        assert await watch.lags(within=lag_watch.RECENT) == LAGS
    assert broker.asked == 1
    await watch.lags(within=0)
    assert broker.asked == 2
