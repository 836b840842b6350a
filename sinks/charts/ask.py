"""Asks the charts API; it is in streams.observe, since the commands of streams ask it too."""

from streams.observe.ask import RefusedError, get, get_text, post

__all__ = ["RefusedError", "get", "get_text", "post"]
