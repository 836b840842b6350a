"""Check connection: what is known of one store of one app, as findings that say what to do. Pure.

The command and the console ask here, so that both say the same.
"""

from dataclasses import dataclass
from datetime import datetime

from streams.contracts import stores
from streams.contracts.finding import Finding, doubtful, good, wrong
from streams.contracts.outcome import UNJOINED, LastReceived
from streams.contracts.project import AppStore
from streams.contracts.reach import Probe, judge_reach
from streams.contracts.stores import Store

_UNPROVEN = frozenset({"signature", "age"})
_OF_OTHERS = frozenset({"wrong_app", "environment"})
_REMEDIES = {
    "age": "Check the clock of the machine that receives: by it this was signed too long ago, or in the"
    " future.",
    "key_missing": "See the log of role lookup, which fetches the keys that the store publishes.",
    "unknown_app": "Restart verify: it reads project.toml at start.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`received`: None where nothing ever came. `probe`: None where there is no public URL.

    `token_problem`, `secret_problem`: why there is none; "": there is, or need not be. `unset`: the
    store's options that lack. `told`: whether the labels could be asked for at all.
    """

    store: AppStore
    token_problem: str = ""
    secret_problem: str = ""
    unset: tuple[str, ...] = ()
    received: LastReceived | None = None
    unknown_token_posts: int = 0
    probe: Probe | None = None
    told: bool = True

    @property
    def of(self) -> Store:
        return stores.BY_NAME[self.store.store]

    @property
    def pulled(self) -> bool:
        return bool(self.store.options.get(self.of.pulled_by))


def judge(known: Known, now: datetime) -> tuple[Finding, ...]:
    """First what is not set, then how the store gets here, then what came of it."""
    return (*_settings(known), *_way(known, now), *(_news(known) if known.told else ()))


def _settings(known: Known) -> tuple[Finding, ...]:
    secret = known.of.advice.secret
    restart = "Set it in project.toml, and restart the roles: they read it at start."
    found = (
        (known.unset, doubtful(f"Not set yet: {', '.join(known.unset)}.", restart)),
        (
            known.secret_problem,
            doubtful(
                f"The {secret} can't be read here: {known.secret_problem}.",
                "Nothing is proven without it: put it there once the store shows it, then restart"
                " verify.",
            ),
        ),
    )
    return tuple(finding for true, finding in found if true)


def _way(known: Known, now: datetime) -> tuple[Finding, ...]:
    if known.pulled:
        text = "Messages are taken from the store's queue (role pull): no public URL is needed."
        return (good(text),)
    if known.token_problem:
        return (
            wrong(
                f"There is no token here, so there is no URL: {known.token_problem}.",
                "Set tokens in [[apps.stores]] (python -m streams new-token makes one), or give this"
                " process the variable.",
            ),
        )
    if known.probe is None:
        return (
            doubtful(
                "No public_url is set: only this machine reaches the route.",
                'Set public_url = "https://..." in [project] once a proxy stands before it'
                " (deploy/proxy).",
            ),
        )
    return judge_reach(known.probe, now)


def _news(known: Known) -> tuple[Finding, ...]:
    received = known.received
    if received is None:
        came: tuple[Finding, ...] = ()
    elif received.last_received_at is not None:
        came = (_received(received.last_received_at), *_rejected_since(received, known.of))
    else:
        came = _why_not(received, known)
    strangers = _strangers(known)
    return (*came, *strangers) or (_nothing(known),)


def _received(at: datetime) -> Finding:
    return good(
        f"Last received {at:%Y-%m-%d %H:%M:%S} UTC: the store and this service are connected."
    )


def _rejected_since(received: LastReceived, store: Store) -> tuple[Finding, ...]:
    at, authentic = received.last_rejected_at, received.last_authentic_at
    if at is None or (authentic is not None and at <= authentic):
        return ()
    since = f"The newest, of {at:%Y-%m-%d %H:%M:%S} UTC, was rejected ({_reason(received)})."
    return (doubtful(since, _remedy(received, store)),)


def _why_not(received: LastReceived, known: Known) -> tuple[Finding, ...]:
    counts, store = received.counts, known.of
    rejected = counts.get("rejected", 0)
    all_of_them = "all failed" if received.last_authentic_at is None else "failed"
    unasked, bugs, tests = (counts.get(kind, 0) for kind in ("needs_credentials", "bug", "test"))
    unjoined = sum(counts.get(kind, 0) for kind in UNJOINED)
    found = (
        (rejected, wrong(_failed(rejected, all_of_them, received), _remedy(received, store))),
        (
            unasked,
            wrong(
                f"{_came(unasked)}, and the store's API does not answer us what it is about.",
                _sentence(store.advice.unanswered),
            ),
        ),
        (
            unjoined,
            doubtful(
                f"{_came(unjoined)} and {'are' if unjoined > 1 else 'is'} genuine, but of no subscription"
                " that you track, so Last received stands still.",
                f"Post purchases to /v1/purchases, or set track_new (it is {known.store.track_new!r}).",
            ),
        ),
        (
            bugs,
            wrong(
                f"{_number(bugs)} failed here, by a defect of ours.",
                "What came is kept in topic notifications.dead: please report it with the log of the role.",
            ),
        ),
        (
            tests,
            good(
                f"{_number(tests)} test{'s' if tests > 1 else ''} came: the connection works.",
                "Last received moves with the first notification about a subscription that you track.",
            ),
        ),
    )
    return tuple(finding for count, finding in found if count)


def _failed(count: int, how: str, received: LastReceived) -> str:
    came = _came(count)
    if received.last_rejected_reason in _UNPROVEN:
        why = received.last_rejected_detail or received.last_rejected_reason
        return f"{came} and {how} on the signature ({why})."
    return f"{came} and {how}: {_reason(received)}."


def _came(count: int) -> str:
    return f"{_number(count)} came"


def _number(count: int) -> str:
    return str(count) if count > 1 else "One"


def _reason(received: LastReceived) -> str:
    detail = received.last_rejected_detail
    return f"{received.last_rejected_reason}: {detail}" if detail else received.last_rejected_reason


def _remedy(received: LastReceived, store: Store) -> str:
    reason = received.last_rejected_reason
    if reason in _REMEDIES:
        return _REMEDIES[reason]
    if reason in _UNPROVEN:
        return _sentence(store.advice.unproven)
    if reason in _OF_OTHERS:
        return _sentence(store.advice.other_app)
    return "What came is kept in topic notifications.dead with this reason."


def _strangers(known: Known) -> tuple[Finding, ...]:
    count = known.unknown_token_posts
    if not count:
        return ()
    posts = f"{count} posts" if count > 1 else "One post"
    return (
        doubtful(
            f"{posts} came to an unknown token of {known.of.title}: the URL in the store's console is"
            " mistyped, or an old one.",
            "Copy the whole URL of the setup page into the store's console again.",
        ),
    )


def _nothing(known: Known) -> Finding:
    return doubtful("Nothing has come yet.", _sentence(f"to try it, {known.of.advice.send}"))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
