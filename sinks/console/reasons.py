"""Why a notification went no further, in words, and what an operator can do about it. Pure.

Reasons are the short words of dead letters and outcomes; one that is new here is shown as it is, with
its detail, and the remedy that always holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from streams.contracts.ids import StoreName
from streams.contracts.outcome import OutcomeKind
from streams.contracts.stores import BY_NAME

STOPPED = frozenset({OutcomeKind.REJECTED.value, OutcomeKind.BUG.value})
"""Outcomes of what went no further."""
_UNPROVEN = "signature"
_LATER = "When the cause is gone, replay it: its bytes are kept as they came."


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`words`: what happened. `remedy`: what to do."""

    words: str
    remedy: str


def explained(reason: str, store: str) -> Explanation:
    """Of a dead letter's or a rejection's reason. What is set wrongly when nothing can be proven is
    the store's own advice, as Check connection gives it."""
    known = _REASONS.get(reason)
    if known is None:
        return Explanation(
            words=f"It was refused with the reason {reason!r}.",
            remedy=f"The detail beside it says what was found. {_LATER}",
        )
    told = BY_NAME.get(StoreName(store))
    if told is None or reason != _UNPROVEN:
        return known
    advised = f"{told.advice.unproven[:1].upper()}{told.advice.unproven[1:]}"
    remedy = f"{advised}. Where nothing of that is wrong, it is a forgery. {_LATER}"
    return replace(known, remedy=remedy)


def meaning(kind: str) -> str:
    """What an outcome says of a notification, in one sentence."""
    return _OUTCOMES.get(kind, f"Its outcome is {kind!r}, for which there are no words yet.")


_OUTCOMES: Mapping[str, str] = {
    OutcomeKind.MATCHED.value: "About a tracked purchase, and applied to it.",
    OutcomeKind.DUPLICATE.value: "The store sent the same message before; nothing moved again.",
    OutcomeKind.STALE.value: "Older than what was known, and nothing new in it.",
    OutcomeKind.PARKED.value: "Genuine, but its purchase is not tracked: it is kept until it is.",
    OutcomeKind.PARKED_DROPPED.value: "It fell out of its purchase's parking, which has room for 50.",
    OutcomeKind.TEST.value: "A test message of the store.",
    OutcomeKind.NO_PURCHASE.value: "Genuine, and about no purchase.",
    OutcomeKind.NEEDS_CREDENTIALS.value: (
        "It only points at the store's API, and there are no credentials that it accepts; it waits"
        " for them for 60 days."
    ),
    OutcomeKind.REJECTED.value: "It was refused; the reason is below.",
    OutcomeKind.BUG.value: "A defect here stopped it; nothing of it was applied.",
    OutcomeKind.SKIPPED.value: "An operator skipped the place where it stood.",
    OutcomeKind.TRACKED.value: "Its purchase was joined to a customer.",
    OutcomeKind.POSTED.value: "The app's own backend posted its purchase.",
    OutcomeKind.UNKNOWN_TOKEN.value: "It was posted to a token that no app has.",
}

TONES: Mapping[str, str] = {
    OutcomeKind.MATCHED.value: "good",
    OutcomeKind.TEST.value: "good",
    OutcomeKind.PARKED.value: "warn",
    OutcomeKind.PARKED_DROPPED.value: "warn",
    OutcomeKind.NEEDS_CREDENTIALS.value: "warn",
    OutcomeKind.REJECTED.value: "bad",
    OutcomeKind.BUG.value: "bad",
}
"""Of an outcome's badge; the others are plain."""

_REASONS: Mapping[str, Explanation] = {
    _UNPROVEN: Explanation(
        words="Its signature does not prove that the store sent it.",
        remedy=f"Forged, or what it is checked with is wrong: compare the app's options with the store's. {_LATER}",
    ),
    "age": Explanation(
        words="It was signed too long before it came, or ahead of our clock.",
        remedy="Check this machine's clock. A message that is only old can be replayed: then up to 181 days are allowed.",
    ),
    "key_missing": Explanation(
        words="It names a published key that its issuer did not show within an hour.",
        remedy="Either nobody but a forger knows that key, or the role lookup could not fetch the issuer's keys: see its"
        f" log. {_LATER}",
    ),
    "unknown_app": Explanation(
        words="Its app or the app's store is not in the project of the role verify.",
        remedy=f"Restart verify: it reads project.toml at start. {_LATER}",
    ),
    "malformed": Explanation(
        words="It can't be read as a message of this store.",
        remedy="See the content below: something else may be posting to this address, or the store changed its form."
        " After an update that reads it, replay it.",
    ),
    "apple_v1": Explanation(
        words="It is of version 1, which nobody signs.",
        remedy="Choose version 2 for both URLs under App Information, App Store Server Notifications, in App Store Connect.",
    ),
    "wrong_app": Explanation(
        words="It is genuine, but of another app than its token's.",
        remedy=f"Compare the app's options (bundle id, package, account) in project.toml with the content below. {_LATER}",
    ),
    "environment": Explanation(
        words="It is of an environment that its token or its app does not take.",
        remedy="Give production and sandbox the tokens of their own, or allow both in `environments` of the app's store.",
    ),
    "unencodable": Explanation(
        words="What it leads to is too large to be written.",
        remedy="Report it with this page: a purchase's state has outgrown its bound.",
    ),
    "alias_cycle": Explanation(
        words="The names of its purchase lead in a circle.",
        remedy="Report it with this page: no store should name a purchase so.",
    ),
    "unknown_purchase": Explanation(
        words="The store's API does not know the purchase that it names.",
        remedy=f"It may be of another environment or another account's credentials. {_LATER}",
    ),
    "gone": Explanation(
        words="The store's API has forgotten the purchase that it names.",
        remedy="Nothing can be asked any more; what was told of it before stays.",
    ),
    "unanswered": Explanation(
        words="The store's API was asked again and again and never answered.",
        remedy=f"Look at the store's status page and at the credentials. {_LATER}",
    ),
    "bug": Explanation(
        words="A defect here: the step that read it failed. Its purchase is as it was before.",
        remedy="The log of the role has the traceback. Update, then python -m streams replay, or replay it here.",
    ),
    "too_large": Explanation(
        words="What it leads to is larger than a record may be.",
        remedy="Report it with this page; what it told stays in its bytes, and its purchase is as it was before.",
    ),
    "offset_out_of_range": Explanation(
        words="Kafka had forgotten it before it was read, and an operator skipped the gap.",
        remedy="Nothing is to be done here: the store's history (python -m streams backfill) may still have it.",
    ),
    "unreadable": Explanation(
        words="The record in Kafka is none of ours.",
        remedy="Something else writes to our topics: find it by the place of the record.",
    ),
}
