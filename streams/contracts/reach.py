"""Whether a store reaches the notification route from outside, judged by what a probe of it saw. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from streams.contracts.finding import Finding, doubtful, good, wrong

_SOON = timedelta(days=14)  # renewals are tried 30 days ahead, so by now they fail
_OK = 200
_NOT_FOUND = 404
_REFUSED_ENCODING = 415
_REDIRECTS = range(300, 400)
_ITS_OWN = range(500, 600)
_FROM_HERE = "A machine behind a router may not reach its own public address: then open the URL from elsewhere"


class Stage(StrEnum):
    """How far a probe came before it failed; ANSWERED: to the end."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    HTTP = "http"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was seen of `https://host:port` and the route there; `detail` is of the stage it ended at.

    `get_status`, `alive`, `location`: of a GET of the route. `post_status`: of a POST that the route
    refuses unread; 0: not sent.
    """

    host: str
    port: int
    stage: Stage
    detail: str = ""
    addresses: tuple[str, ...] = ()
    certificate_ends_at: datetime | None = None
    get_status: int = 0
    alive: bool = False
    location: str = ""
    post_status: int = 0


def judge_reach(probe: Probe, now: datetime) -> tuple[Finding, ...]:
    """Never empty. The first that is wrong hides what comes after it on the way."""
    if probe.stage is not Stage.ANSWERED:
        return (*_addresses(probe), _stopped(probe))
    return (*_addresses(probe), *_certificate(probe, now), _answer(probe))


def _addresses(probe: Probe) -> tuple[Finding, ...]:
    private = [text for text in probe.addresses if not ip_address(text).is_global]
    if not private or len(private) < len(probe.addresses):
        return ()
    return (
        doubtful(
            f"From here {probe.host} leads to {', '.join(private)}, which no store can reach.",
            "Make sure that the public DNS names a public address; a resolver of your own network may"
            " answer differently.",
        ),
    )


def _stopped(probe: Probe) -> Finding:
    where = f"{probe.host}:{probe.port}"
    match probe.stage:
        case Stage.NAME:
            return wrong(
                f"{probe.host} has no address ({probe.detail}).",
                "Add its A or AAAA record, or correct public_url in [project].",
            )
        case Stage.CONNECT:
            return wrong(
                f"Nothing answers at {where} ({probe.detail}).",
                "Start the reverse proxy (deploy/proxy), and open the port in the firewall."
                f" {_FROM_HERE}.",
            )
        case Stage.TLS:
            return wrong(
                f"The certificate of {where} would not be trusted by a store ({probe.detail}).",
                "Serve one of a public authority for this name, with all its intermediates and TLS 1.2"
                " or newer; Caddy fetches one itself.",
            )
        case Stage.HTTP | Stage.ANSWERED:
            return wrong(
                f"{where} took the connection and gave no answer ({probe.detail}).",
                "See the reverse proxy's own log.",
            )


def _certificate(probe: Probe, now: datetime) -> tuple[Finding, ...]:
    ends_at = probe.certificate_ends_at
    if ends_at is None or ends_at - now > _SOON:
        return ()
    return (
        doubtful(
            f"The certificate of {probe.host} ends on {ends_at:%Y-%m-%d}.",
            "Renew it: from that day on no store posts.",
        ),
    )


def _answer(probe: Probe) -> Finding:
    status = probe.get_status
    if status in _REDIRECTS:
        text = f"Your URL answers {status} and sends on to {probe.location or 'nowhere'}."
        remedy = "No store follows a redirect: let the proxy pass /v1/notifications/ to port 8080."
        return wrong(text, remedy)
    if status == _NOT_FOUND:
        return wrong(
            "Your URL answers 404: what listens there does not know this token.",
            "Restart python -m ingress notifications after a change of tokens; else the proxy leads to"
            " another program, or takes a part of the path away.",
        )
    if status in _ITS_OWN:
        return wrong(
            f"Your URL answers {status}: the proxy does not reach this service.",
            "Start python -m ingress notifications, and let the proxy lead to SN_NOTIFICATIONS_PORT.",
        )
    if status != _OK or not probe.alive:
        return wrong(
            f"Your URL answers {status}, and it is not this service that answers.",
            "Let the proxy pass /v1/notifications/ on without a login, a challenge or a page of its own.",
        )
    return _post(probe)


def _post(probe: Probe) -> Finding:
    if probe.post_status == _REFUSED_ENCODING:
        return good("Your URL answers, and lets posts through.")
    return wrong(
        f"Your URL answers a GET, but a POST gets {probe.post_status or 'no answer'}.",
        "Something in front (a firewall for web applications, a filter of methods) stops posts: except"
        " /v1/notifications/ from it.",
    )
