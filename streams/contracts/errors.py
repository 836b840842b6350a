"""The errors, by what to do next.

StoreNotificationsError
|-- RejectedError          the input is bad for ever: dead-letter it, with the reason
|   |-- SignatureError     it does not prove that the store sent it
|   |-- MalformedError     it can't be read
|   |-- WrongAppError      genuine, but of another app or environment
|   `-- UnencodableError   what it leads to can't be written (too large)
|-- TransientError         try again later; `retry_after` where the other side said when
|   |-- KeyMissingError    signed with a published key that is not here yet
|   |-- UnknownAppError    an app that this process does not know yet (a rolling change)
|   |-- ThrottledError     a store's API is asked as often as it may be
|   `-- CredentialsRefusedError   a store's API does not know ours (yet)
`-- ConfigError            stop; the message names the setting and the remedy
"""

from datetime import timedelta


class StoreNotificationsError(Exception):
    """Base of every error of ours."""


class RejectedError(StoreNotificationsError):
    """The input is bad for ever. `reason` is a short stable word, the text explains it."""

    reason = "rejected"

    def __init__(self, text: str, *, reason: str | None = None) -> None:
        super().__init__(text)
        if reason is not None:
            self.reason = reason


class SignatureError(RejectedError):
    reason = "signature"


class MalformedError(RejectedError):
    reason = "malformed"


class WrongAppError(RejectedError):
    reason = "wrong_app"


class UnencodableError(RejectedError):
    reason = "unencodable"


class TransientError(StoreNotificationsError):
    """Try again later."""

    def __init__(self, text: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class KeyMissingError(TransientError):
    """`issuer` publishes its keys; `key_id` is not among those that we hold."""

    def __init__(self, issuer: str, key_id: str) -> None:
        super().__init__(f"no published key {key_id!r} of {issuer!r} here yet")
        self.issuer = issuer
        self.key_id = key_id


class UnknownAppError(TransientError):
    """The project of this process has no such app or store yet."""


class ThrottledError(TransientError):
    """Our own rate of asking is used up; `retry_after` says when its turn comes."""


class CredentialsRefusedError(TransientError):
    """The store's API refuses our credentials: new ones can take a day to work."""


class ConfigError(StoreNotificationsError):
    """Stop. The message names the setting and says what to do."""
