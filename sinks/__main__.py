"""python -m sinks ...: the roles that write out, and what asks them. A command's code loads when it runs."""

from collections.abc import Mapping
from importlib import import_module

import click

_CHARTS = "sinks.charts.commands"
_CONSOLE = "sinks.console.commands"
_DELIVERY = "sinks.delivery.commands"
_FORWARD = "sinks.forward.commands"
_LETTERS = "sinks.delivery.letter_commands"
_REPLAY = "sinks.delivery.replay_commands"
_TEST_EVENT = "sinks.delivery.event_commands"
# Command to (module, attribute).
COMMANDS: Mapping[str, tuple[str, str]] = {
    "charts": (_CHARTS, "charts"),
    "console": (_CONSOLE, "console"),
    "console-password": (_CONSOLE, "console_password"),
    "deliver": (_DELIVERY, "deliver"),
    "forward": (_FORWARD, "forward"),
    "status": (_CHARTS, "status"),
    "chart": (_CHARTS, "chart"),
    "query": (_CHARTS, "query"),
    "erase-customer": (_CHARTS, "erase_customer"),
    "destinations": (_DELIVERY, "destinations"),
    "replay": (_REPLAY, "replay"),
    "dead-letters": (_LETTERS, "dead_letters"),
    "test-event": (_TEST_EVENT, "test_event"),
    "schema": (_TEST_EVENT, "schema"),
}


class _Lazy(click.Group):
    """Lists every command and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.command(
    cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
def main() -> None:
    """Charts, deliveries and what shows them. Settings are environment variables SN_* (README)."""


if __name__ == "__main__":
    main()
