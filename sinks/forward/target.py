"""What goes to the operator's url: the body's bytes, its content type, the store's signature, our receipt.

With `secrets` it is signed by Standard Webhooks too: a proof where the store's own is a token, which
is a credential and stays here.
"""

from dataclasses import dataclass, field

from sinks.delivery import signature
from sinks.destinations import http
from sinks.destinations.base import Request, Response, Sending, Verdict
from sinks.destinations.options import OptionReader
from sinks.destinations.webhook import REPLAY_HEADER, signing_key
from sinks.forward.notification import RECEIPT_HEADER, Forwarded
from streams.settings.secret import Secret

_AGENT = {"User-Agent": "StoreNotifications/1.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`keys`: newest first; none: not signed by us."""

    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    secrets: tuple[Secret, ...] = ()

    def tells(self, event: Forwarded) -> bool:  # noqa: ARG002 - whatever is genuine
        return True

    def requests(self, event: Forwarded, sending: Sending) -> tuple[Request, ...]:
        raw = event.raw
        headers = {name.title(): value for name, value in raw.request_headers}
        headers |= _AGENT | {RECEIPT_HEADER: raw.receipt_id}
        if self.keys:
            seconds = int(sending.now.timestamp())
            headers |= signature.standard_headers(self.keys, raw.receipt_id, seconds, raw.body)
        if sending.replay:
            headers[REPLAY_HEADER] = "true"
        return (Request(url=self.url, headers=headers, body=raw.body),)

    def judge(self, response: Response) -> Verdict:
        return http.judge(response)


def make_target(url: str, options: OptionReader) -> Target:
    """Raise ConfigError when a secret can't sign."""
    secrets = options.secrets("secrets")
    keys = tuple(signing_key(secret, options) for secret in secrets)
    return Target(url=url, keys=keys, secrets=secrets)
