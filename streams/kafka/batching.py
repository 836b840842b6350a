"""Which records of many share a batch: those without a key, for any partition will do."""

from collections.abc import Sequence

from aiokafka.producer.message_accumulator import BatchBuilder

from streams.contracts.step import Out

WORTH_A_BATCH = 4  # records: fewer are as cheap one by one


def apart(outs: Sequence[Out]) -> tuple[list[Out], dict[str, list[Out]]]:
    """Those that go one by one, and by topic those without a key that are worth a batch."""
    keyless: dict[str, list[Out]] = {}
    for out in outs:
        if out.key is None:
            keyless.setdefault(out.topic, []).append(out)
    together = {topic: group for topic, group in keyless.items() if len(group) >= WORTH_A_BATCH}
    return [out for out in outs if out.key is not None or out.topic not in together], together


def fill(builder: BatchBuilder, outs: Sequence[Out]) -> int:
    """How many of the first went in; nothing more does."""
    count = 0
    for out in outs:
        headers = list(out.headers)
        if builder.append(timestamp=None, key=None, value=out.value, headers=headers) is None:
            break
        count += 1
    builder.close()
    return count
