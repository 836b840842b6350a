"""Whether an agent's topics are there and cut alike: states are found by their inbox's partition."""

from streams.contracts.errors import ConfigError
from streams.driver.agent import Agent, Options
from streams.kafka.errors import TOPICS_COMMAND, our_errors
from streams.kafka.topics import admin


async def check_partitions(agent: Agent, options: Options) -> None:
    """Raise ConfigError when a topic lacks or has another number of partitions; Faust says nothing."""
    names = [*agent.reads, *([agent.changelog] if agent.changelog else [])]
    async with admin(options.kafka) as client:
        with our_errors("looking up topics"):
            found = await client.describe_topics(names)
    for topic in found:
        name, count = topic["topic"], len(topic["partitions"])
        if count != options.partitions:
            raise ConfigError(
                f"topic {name} has {count} partitions, SN_PARTITIONS is {options.partitions}:"
                f" run `{TOPICS_COMMAND}` where it lacks, else set SN_PARTITIONS to what is there"
            )
