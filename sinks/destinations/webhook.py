"""A webhook: RevenueCat's body, signed by Standard Webhooks, and with RevenueCat's header if asked.

`id` of the event is the id of the webhook in every attempt: the receiver drops what it has seen.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from sinks.delivery import signature
from sinks.delivery.profile import PROFILES, ProfileName
from sinks.destinations import http
from sinks.destinations.base import Request, Response, Sending, Verdict
from sinks.destinations.options import OptionReader
from sinks.destinations.payload import envelope
from streams.contracts.codec import write_json
from streams.contracts.event import Event
from streams.settings.secret import Secret

REVENUECAT_HEADER = "X-RevenueCat-Webhook-Signature"
REPLAY_HEADER = "X-Store-Notifications-Replay"
_HEADERS = {"Content-Type": "application/json", "User-Agent": "StoreNotifications/1.0"}
_MAX_HEADER = 5_000  # characters, RevenueCat's own limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`keys`, `revenuecat_keys`: newest first; none: not signed in that way."""

    url: str = field(repr=False)
    fixed: Mapping[str, str] = field(repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    revenuecat_keys: tuple[bytes, ...] = field(default=(), repr=False)
    secrets: tuple[Secret, ...] = ()
    success: Container[int] = http.SUCCESS

    def tells(self, event: Event) -> bool:  # noqa: ARG002 - every event has a payload
        return True

    def requests(self, event: Event, sending: Sending) -> tuple[Request, ...]:
        body = write_json(envelope(event))
        return (Request(url=self.url, headers=self._headers(event, sending, body), body=body),)

    def judge(self, response: Response) -> Verdict:
        return http.judge(response, self.success)

    def _headers(self, event: Event, sending: Sending, body: bytes) -> dict[str, str]:
        seconds = int(sending.now.timestamp())
        headers = {**self.fixed, **signature.standard_headers(self.keys, event.id, seconds, body)}
        if self.revenuecat_keys:
            signed = signature.revenuecat_header(self.revenuecat_keys, seconds, body)
            headers[REVENUECAT_HEADER] = signed
        if sending.replay:
            headers[REPLAY_HEADER] = "true"
        return headers


def make(url: str, options: OptionReader) -> Webhook:
    """Raise ConfigError when a secret can't sign or the Authorization header can't be sent."""
    signing = options.secrets("secrets")
    revenuecat = options.secrets("revenuecat_secrets")
    authorization = options.secret("authorization")
    profile = PROFILES[ProfileName(options.word("profile", ProfileName.STANDARD, ProfileName))]
    fixed = dict(_HEADERS)
    if authorization is not None:
        fixed["Authorization"] = _authorization(authorization, options)
    return Webhook(
        url=url,
        fixed=fixed,
        keys=tuple(signing_key(secret, options) for secret in signing),
        revenuecat_keys=tuple(secret.reveal().encode() for secret in revenuecat),
        secrets=(*signing, *revenuecat, *((authorization,) if authorization else ())),
        success=profile.success,
    )


def signing_key(secret: Secret, options: OptionReader) -> bytes:
    """Of a Standard Webhooks secret; raise ConfigError when it can't sign."""
    try:
        return signature.standard_key(secret.reveal())
    except ValueError as error:
        raise options.wrong(
            "secrets",
            f"a secret {error}: write whsec_ and 32 random bytes in base64, "
            "as from `openssl rand -base64 32`",
        ) from error


def _authorization(secret: Secret, options: OptionReader) -> str:
    value = secret.reveal()
    if len(value) > _MAX_HEADER or not (value.isascii() and value.isprintable()):
        text = f"use at most {_MAX_HEADER} printable ASCII characters in one line"
        raise options.wrong("authorization", text)
    return value
