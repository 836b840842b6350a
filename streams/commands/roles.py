"""The roles of this package, a process each."""

import click

from streams.commands.running import errors_told, run_role


def _faust_role(name: str, text: str) -> click.Command:
    @click.command(name, help=text)
    def command() -> None:
        from streams.app import run  # noqa: PLC0415 - Faust loads only where it runs

        with errors_told():
            run(name)

    return command


verify = _faust_role(
    "verify",
    "Prove what came in, decode it, and send it to its purchase. Scale by SN_SLOT=0, 1, ...",
)
track = _faust_role(
    "track", "Join messages with tracked purchases and tell what moved. Keeps purchases' states."
)
identify = _faust_role(
    "identify", "Join what moved with customers and publish events. Keeps customers' states."
)
receipts = _faust_role(
    "receipts", "Keep 'Last received' of each store, and the billable figure of each app."
)


@click.command()
def lookup() -> None:
    """Ask stores' APIs what messages point at, what posts name and what is due; fetch published keys.

    Without credentials such a message has the outcome needs_credentials and waits 60 days.
    """
    from streams.lookup.role import run  # noqa: PLC0415 - loads only where it runs

    run_role("lookup", run)


@click.command()
def delay() -> None:
    """Wait, so that nobody else has to: retries go out when they are due."""
    from streams.kafka.delay import run  # noqa: PLC0415 - loads only where it runs

    run_role("delay", run)


@click.command()
def pull() -> None:
    """Take Google's messages from Pub/Sub where an app sets pull = true: no public endpoint is needed.

    Acknowledged when they are in Kafka.
    """
    from streams.lookup.pull import run  # noqa: PLC0415 - loads only where it runs

    run_role("pull", run)
