"""A token for a store's route, or a backend key: random, shown once."""

from hashlib import sha256
from secrets import token_urlsafe

import click

BYTES = 16  # 128 bits


@click.command("new-token")
def new_token() -> None:
    """Print a new 128-bit token, and the 6 hex digits by which it is shown afterwards.

    Put it into the environment variable or file that project.toml names. A store may have two at
    once: add the new one, change the store's console, then remove the old one.
    """
    token = token_urlsafe(BYTES)
    click.echo(f"{token}  shown as {sha256(token.encode()).hexdigest()[:6]}")
