"""Asks the charts API; it is in streams.observe, since the commands of streams ask it too."""

from streams.observe.ask import RefusedError, get, post

__all__ = ["RefusedError", "get", "post"]
