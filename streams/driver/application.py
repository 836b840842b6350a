"""One agent as a Faust application: our consumer, producer and restore, one role a process."""

from functools import cached_property
from typing import Any, ClassVar

import faust
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as stock

from streams.driver.agent import Agent, Options
from streams.driver.consumer import Consumer
from streams.driver.cycle import Cycle
from streams.driver.delivery import Delivery
from streams.driver.drive import drive
from streams.driver.ending import end_process
from streams.driver.producer import Producer
from streams.driver.quiet import FAUST_LOG
from streams.driver.restore import Restore
from streams.driver.states import NoStates, States, TableStates
from streams.driver.store import TABLE_OPTIONS, LocalStore


class Transport(stock.Transport):  # type: ignore[misc] # faust is untyped
    """Where Faust gets its clients from."""

    Consumer = Consumer
    Producer = Producer


class Tables(TableManager):  # type: ignore[misc] # faust is untyped
    """Faust's tables, restored by us."""

    logger = FAUST_LOG

    restores: ClassVar[type[Restore]] = Restore

    @cached_property
    def recovery(self) -> Restore:
        self._recovery = self.restores(self.app, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Without Faust's sleep of a second: agent and table are declared before the start."""
        await self._update_channels()
        await self.recovery.start()


class Application(faust.App):  # type: ignore[misc] # faust is untyped
    """A role of this process."""

    logger = FAUST_LOG
    cycles: ClassVar[type[Cycle]] = Cycle

    def __init__(self, agent: Agent, options: Options) -> None:
        self.options = options
        super().__init__(agent.group, **_settings(agent, options))
        self._declare(agent)

    def _declare(self, agent: Agent) -> None:
        table = None
        if agent.table is not None:
            table = self.Table(
                agent.table,
                key_type=bytes,
                value_type=bytes,
                partitions=self.options.partitions,
                options=dict(TABLE_OPTIONS),  # Faust takes entries out of it
            )

        async def run(_stream: object) -> None:
            delivery = Delivery(self.producer.client, agent.first)
            cycle = self.cycles(agent, self._states(table, agent, delivery), delivery)
            await drive(self.consumer, cycle)

        inbox = self.topic(*agent.reads, key_type=bytes, value_type=bytes)
        self.agent(inbox, name=agent.name)(run)

    def _states(self, table: Any, agent: Agent, delivery: Delivery) -> States:  # noqa: ANN401 - a Faust table
        if table is None or agent.changelog is None:
            return NoStates()
        return TableStates(LocalStore(table.data), agent.changelog, delivery, self.consumer.lease)

    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Transport:
        return Transport(self.conf.broker_producer, self)

    def _crash(self, reason: BaseException) -> None:
        end_process("a part of Faust crashed", reason)


def _settings(agent: Agent, options: Options) -> dict[str, Any]:
    seat = options.seat(agent)
    return {
        "broker": "kafka://",  # our clients take their addresses from options.kafka
        "autodiscover": False,
        "datadir": str(options.folder(agent)),
        "store": "rocksdb://",
        "key_serializer": "raw",
        "value_serializer": "raw",
        "canonical_url": f"http://{seat}",  # the assignor refuses a slot that comes back elsewhere
        "consumer_group_instance_id": seat,
        "web_enabled": False,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "table_standby_replicas": 0,
        "stream_wait_empty": True,
        "broker_client_id": seat,
        "broker_commit_interval": 1.0,
        "broker_heartbeat_interval": 1.0,
        "broker_max_poll_records": 500,
        "broker_rebalance_timeout": 30.0,
        "broker_request_timeout": 90.0,
        "broker_session_timeout": options.session_timeout,
        "producer_request_timeout": 60.0,
        "TableManager": Tables,
    }
