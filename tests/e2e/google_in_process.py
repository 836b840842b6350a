"""Google's API without HTTP: the demo's server, asked by a call. Satisfies Get of streams.lookup."""

import orjson

from deploy.demo.google_play import GooglePlay
from deploy.demo.payloads.play_store_answers import Answer
from streams.contracts.errors import RejectedError
from streams.lookup.api import UNKNOWN, Query

_BATCH, _VOIDS = ":batchGet", "voidedpurchases"


class InProcess:
    """What somebody `put` into `play`."""

    def __init__(self, play: GooglePlay) -> None:
        self._play = play

    async def get(self, bucket: str, path: str, query: Query = ()) -> bytes:
        if path.endswith(_BATCH):
            return orjson.dumps({"orders": [self._find("orders", name) for _, name in query]})
        if path.endswith(_VOIDS):
            return orjson.dumps({"voidedPurchases": self._play.all_of("voids")})
        return orjson.dumps(self._find(bucket, path.rpartition("/")[2]))

    def _find(self, kind: str, name: str) -> Answer:
        found = self._play.find(kind, name)
        if found is None:
            raise RejectedError(name, reason=UNKNOWN)
        return found
