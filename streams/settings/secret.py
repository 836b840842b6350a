"""A value that must never be shown: its repr, str and format are masked, `reveal` is the only way in."""

import hmac
from typing import Never, Self


class Secret:
    """Equal to a Secret of the same value; printing, hashing or pickling it tells nothing."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> Never:
        raise TypeError("a Secret is not written down: it comes from its source in each process")
