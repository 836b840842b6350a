"""python -m streams ...: the roles of the path, and what prepares it. A command's code loads when it runs."""

from collections.abc import Mapping
from importlib import import_module

import click

# Command to its module in streams.commands, where it has its own name (import_ for import).
COMMANDS: Mapping[str, str] = {
    "verify": "roles",
    "lookup": "roles",
    "track": "roles",
    "identify": "roles",
    "receipts": "roles",
    "delay": "roles",
    "pull": "roles",
    "topics": "topics",
    "skip": "topics",
    "import": "importing",
    "backfill": "backfill",
    "refresh": "refresh",
    "rates": "rates",
    "replay": "replay",
    "new-token": "new_token",
    "new-app": "new_app",
    "setup": "setup",
}


class _Lazy(click.Group):
    """Lists every command and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"streams.commands.{COMMANDS[cmd_name]}")
        name = "import_" if cmd_name == "import" else cmd_name.replace("-", "_")
        command: click.Command = getattr(module, name)
        return command


@click.command(
    cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
def main() -> None:
    """Verify, track, identify, publish. Settings are environment variables SN_* (README)."""


if __name__ == "__main__":
    main()
