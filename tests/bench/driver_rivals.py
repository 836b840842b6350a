"""What the driver is compared with, as processes: `python -m tests.bench.driver_rivals WHICH SPEC`.

`faust`: an agent of stock Faust with a table in RocksDB; no delivery is awaited, which is its fast
way and loses outputs. `plain`: one aiokafka loop that does the driver's work and nothing for safety: no lease, no
order of outputs and states, no restore, no rebalance.
"""

import asyncio
import sys

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rocksdict import Options, Rdict

from streams.contracts.codec import decode
from streams.contracts.step import Record
from tests.faults.machine import Machine
from tests.faults.worker import Spec


def run_faust(spec: Spec) -> None:
    """`await topic.send` is back when the record is queued."""
    app = faust.App(
        f"{spec.agent}-v1",
        broker=f"kafka://{spec.bootstrap}",
        datadir=f"{spec.data_dir}/faust",
        store="rocksdb://",
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        broker_max_poll_records=500,
        producer_linger=0.005,
        producer_max_batch_size=131_072,
    )
    table = app.Table("counts", key_type=bytes, value_type=bytes, partitions=spec.partitions)
    told = app.topic(spec.told, key_type=bytes, value_type=bytes)
    machine = Machine(told=spec.told, replayed=spec.replayed)

    @app.agent(app.topic(spec.inbox, key_type=bytes, value_type=bytes))  # type: ignore[untyped-decorator]
    async def count(stream: faust.Stream) -> None:
        async for event in stream.events():
            record = _record(spec, event.message.offset, event.key, event.value)
            step = machine.step(record, table.get(event.key))
            for out in step.outputs:
                await told.send(key=out.key, value=out.value)
            table[event.key] = step.state

    faust.Worker(
        app, loglevel="WARNING", redirect_stdouts=False, quiet=True
    ).execute_from_commandline()


async def run_plain(spec: Spec) -> None:
    """Batches of 500: read, step, outputs and states sent together, states kept, committed."""
    consumer = AIOKafkaConsumer(
        spec.inbox,
        bootstrap_servers=spec.bootstrap,
        group_id=f"{spec.agent}-v1",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=spec.bootstrap, acks="all", enable_idempotence=True, max_batch_size=2**20
    )
    states = Rdict(f"{spec.data_dir}/plain", Options(raw_mode=True))
    await consumer.start()
    await producer.start()
    machine = Machine(told=spec.told, replayed=spec.replayed)
    changelog = f"{spec.agent}-v1-counts-changelog"
    while True:
        found = await consumer.getmany(timeout_ms=1000, max_records=500)
        sent = []
        for batch in found.values():
            for one in batch:
                record = _record(spec, one.offset, one.key, one.value)
                step = machine.step(record, states.get(one.key))
                (out,) = step.outputs
                sent.append(await producer.send(out.topic, out.value, key=out.key))
                states[one.key] = step.state
                sent.append(await producer.send(changelog, step.state, key=one.key))
        await asyncio.gather(*sent)
        if found:
            await consumer.commit()


def _record(spec: Spec, offset: int, key: bytes, value: bytes) -> Record:
    return Record(topic=spec.inbox, partition=0, offset=offset, key=key, value=value)


if __name__ == "__main__":
    which, text = sys.argv[1:]
    chosen = decode(text.encode(), Spec)
    if which == "faust":
        run_faust(chosen)
    else:
        asyncio.run(run_plain(chosen))
