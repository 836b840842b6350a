"""Erases a customer from the tables, and knows who was: blocking, in the thread that writes.

The marks are written first. So whoever writes after that writes nothing of the customer, and an
erasure that was cut off is finished by asking for it again.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from sinks.charts.engine import our_errors
from sinks.charts.erased import Erased, Kind, Mark, Named
from sinks.charts.rows import SubscriptionKey
from streams.observe import clock

PSEUDONYM = "erased-"
NAMES_AT_ONCE = 1_000  # a statement: a server takes 128 KiB as one parameter
_NOW = " SETTINGS mutations_sync = 2"
_KNOWN_AS = """
SELECT groupUniqArrayArray(arrayConcat([customer_id, original_customer_id], aliases)) FROM events
WHERE app_id = {app:String}
  AND (customer_id = {id:String} OR original_customer_id = {id:String} OR has(aliases, {id:String}))
"""
_THEIRS = """
app_id = {app:String} AND (customer_id IN {ids:Array(String)} OR original_customer_id IN {ids:Array(String)}
  OR hasAny(aliases, {ids:Array(String)}) OR hasAny(transferred_from, {ids:Array(String)})
  OR hasAny(transferred_to, {ids:Array(String)}))
"""
_EVENTS = f"SELECT environment, sub_key, toString(event_id), receipt_id FROM events WHERE {_THEIRS}"  # noqa: S608 - ours
# What came about their purchases before they were joined to them says as much.
_OUTCOMES = """
SELECT DISTINCT receipt_id FROM outcomes WHERE app_id = {app:String} AND receipt_id != ''
  AND (customer_id IN {ids:Array(String)} OR purchase_key != '-' AND purchase_key IN (
    SELECT purchase_key FROM events WHERE app_id = {app:String} AND customer_id IN {ids:Array(String)}))
"""
# What changes rows is by hashes of the names: ClickHouse keeps these statements, for anybody to read.
_HASHES = "SELECT sipHash64(arrayJoin({ids:Array(String)}))"
_ERASE_EVENTS = """
ALTER TABLE events UPDATE
  customer_id = if(has({hashes:Array(UInt64)}, sipHash64(customer_id)), {name:String}, customer_id),
  original_customer_id = if(has({hashes:Array(UInt64)}, sipHash64(original_customer_id)), {name:String}, original_customer_id),
  aliases = arrayMap(a -> if(has({hashes:Array(UInt64)}, sipHash64(a)), {name:String}, a), aliases),
  transferred_from = arrayMap(a -> if(has({hashes:Array(UInt64)}, sipHash64(a)), {name:String}, a), transferred_from),
  transferred_to = arrayMap(a -> if(has({hashes:Array(UInt64)}, sipHash64(a)), {name:String}, a), transferred_to)
WHERE app_id = {app:String} AND arrayExists(
  a -> has({hashes:Array(UInt64)}, sipHash64(a)),
  arrayConcat([customer_id, original_customer_id], aliases, transferred_from, transferred_to))
"""
# Hashes of their names lead to them all the same. The table knows no app: what another app's
# customers of these names need is put back, and later the pseudonym's own.
_ERASE_ALIASES = """
ALTER TABLE customer_aliases DELETE
WHERE has({hashes:Array(UInt64)}, alias_key) OR has({hashes:Array(UInt64)}, customer_key)
"""
_KEEP_ALIASES = """
INSERT INTO customer_aliases
SELECT environment, sipHash64(alias), sipHash64(customer_id), version FROM events ARRAY JOIN aliases AS alias
WHERE length(aliases) > 1 AND hasAny(aliases, {ids:Array(String)})
  AND (app_id != {app:String} OR has(aliases, {name:String}))
"""
_ERASE_TOLD = """
ALTER TABLE told_events UPDATE customer_id = {name:String}
WHERE app_id = {app:String} AND has({hashes:Array(UInt64)}, sipHash64(customer_id))
"""
_ERASE_OUTCOMES = """
ALTER TABLE outcomes UPDATE customer_id = {name:String}, detail = ''
WHERE app_id = {app:String} AND has({hashes:Array(UInt64)}, sipHash64(customer_id))
"""
_ERASE_NOTIFICATIONS = """
ALTER TABLE notifications UPDATE body = '', request_headers = [], record_headers = map(), detail = ''
WHERE has({receipts:Array(String)}, receipt_id)
"""
_ERASE_ATTEMPTS = """
ALTER TABLE attempts UPDATE response_snippet = '', detail = '' WHERE has({events:Array(String)}, event_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased. `ids`: by how many the customer was known; `pseudonym`: what they are called now."""

    pseudonym: str
    ids: int
    events: int
    notifications: int


class Erasures:
    """Table `erasures`, and what follows of it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stand: tuple[object, ...] = ()
        self._erased = Erased()

    def current(self) -> Erased:
        """Asked at each write: another process may have erased somebody."""
        with our_errors("asking who was erased"):
            found = self._client.query("SELECT count(), max(erased_at) FROM erasures")
            if (stand := tuple(found.first_row)) != self._stand:
                self._erased = Erased(dict(self._read()))
                self._stand = stand
        return self._erased

    def note(self, named: Iterable[Named], pseudonym: str = "") -> None:
        """Write marks of these down, durably."""
        now = clock.now()
        marks = [one.mark for one in sorted(named)]
        rows = [[mark.app_id, mark.kind.value, mark.digest, pseudonym, now] for mark in marks]
        names = ["app_id", "kind", "digest", "pseudonym", "erased_at"]
        if rows:
            with our_errors("noting an erasure"):
                self._client.insert("erasures", rows, column_names=names)

    def empty(self, found: Collection[Named]) -> None:
        """Mark these notifications and events, and take away what is written of them."""
        self.note(found)
        for receipts in _some(found, Kind.RECEIPT):
            self._command(_ERASE_NOTIFICATIONS, receipts=receipts)
        for events in _some(found, Kind.EVENT):
            self._command(_ERASE_ATTEMPTS, events=events)

    def erase(self, app_id: str, customer_id: str) -> tuple[Erasure, list[SubscriptionKey]]:
        """Also says which subscriptions are to be folded again."""
        ids = self._known_as(app_id, customer_id)
        name = self._pseudonym(app_id, ids)
        self.note((Named(app_id, Kind.CUSTOMER, one) for one in ids), name)
        # By the pseudonym too: what one that was cut off had come to is done again, and the rest.
        events = self._ask(_EVENTS, app=app_id, ids=[*ids, name])
        receipts = {row[0] for row in self._ask(_OUTCOMES, app=app_id, ids=[*ids, name])}
        receipts |= {row[3] for row in events if row[3]}
        event_ids = {row[2] for row in events}
        theirs = {
            "app": app_id,
            "hashes": [row[0] for row in self._ask(_HASHES, ids=ids)],
            "name": name,
        }
        self._command(_ERASE_TOLD, **theirs)
        self._command(_ERASE_OUTCOMES, **theirs)
        self._command(_ERASE_ALIASES, **theirs)
        self._command(_KEEP_ALIASES, app=app_id, ids=ids, name=name)
        self.empty(
            {Named(app_id, Kind.RECEIPT, one) for one in receipts}
            | {Named(app_id, Kind.EVENT, one) for one in event_ids}
        )
        # Last: by which ids the customer was known is asked of them, also by who asks again.
        self._command(_ERASE_EVENTS, **theirs)
        self._command(_KEEP_ALIASES, app=app_id, ids=[name], name=name)
        counted = Erasure(
            pseudonym=name, ids=len(ids), events=len(event_ids), notifications=len(receipts)
        )
        return counted, [SubscriptionKey(app_id, row[0], int(row[1])) for row in events]

    def _known_as(self, app_id: str, customer_id: str) -> list[str]:
        found = self._ask(_KNOWN_AS, app=app_id, id=customer_id)
        names = {customer_id, *(found[0][0] if found else ())}
        return sorted(name for name in names if name and not name.startswith(PSEUDONYM))

    def _pseudonym(self, app_id: str, ids: Iterable[str]) -> str:
        erased = self.current()
        given = (erased.pseudonym(app_id, one) for one in ids)
        return next(filter(None, given), None) or f"{PSEUDONYM}{secrets.token_hex(8)}"

    def _read(self) -> Iterable[tuple[Mark, str]]:
        rows = self._client.query(
            "SELECT app_id, kind, digest, pseudonym FROM erasures"
        ).result_rows
        return ((Mark(row[0], Kind(row[1]), row[2]), row[3]) for row in rows)

    def _ask(self, statement: str, **parameters: object) -> list[tuple[str, ...]]:
        with our_errors("asking what is theirs"):
            return list(self._client.query(statement, parameters=parameters).result_rows)

    def _command(self, statement: str, **parameters: object) -> None:
        with our_errors("erasing a customer"):
            self._client.command(statement + _NOW, parameters=parameters)


def _some(found: Iterable[Named], kind: Kind) -> Iterable[Sequence[str]]:
    names = sorted(one.name for one in found if one.kind is kind)
    return (names[at:][:NAMES_AT_ONCE] for at in range(0, len(names), NAMES_AT_ONCE))
