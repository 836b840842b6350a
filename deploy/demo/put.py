"""What the demo's store APIs are told: what they answer from then on."""

from typing import Any, NamedTuple

PATH = "/demo/answers"


class Put(NamedTuple):
    """Google answers `answer` for the `name` of a `kind` (subscriptions, orders, ...). `kind`
    app_store or stripe: `answer` is what the store said, whose API shows what follows from it."""

    kind: str
    name: str
    answer: dict[str, Any]
