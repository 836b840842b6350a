"""`python -m tests.e2e.raising ROLE PURCHASE`: a worker of a build with a defect in its step.

It raises on the records of one purchase, and on no other, as a defect of ours would.
"""

import sys

from streams import agents, app
from streams.agents import Context
from streams.contracts.step import Record, Step


def main(role: str, purchase: str) -> None:
    stock = getattr(agents, role)

    def raising(record: Record, *rest: bytes | Context | None) -> Step:
        if record.key is not None and record.key.endswith(purchase.encode()):
            raise ZeroDivisionError(f"made to raise on {purchase}")
        step: Step = stock(record, *rest)
        return step

    setattr(app, role, raising)
    app.run(role)


if __name__ == "__main__":
    main(*sys.argv[1:])
