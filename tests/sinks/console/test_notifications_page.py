"""The list of notifications: newest first, filtered, in pages that end, whatever strings are in it."""

import re
from html import unescape
from typing import Any

from sinks.charts.writer import Writer
from streams.contracts.outcome import OutcomeKind
from tests.sinks.console.kept import KEY, STORE, ago, became, came
from tests.sinks.console.site import Site

ODD = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e'


def receipts(page: str) -> list[str]:
    """Of the rows, in their order."""
    return re.findall(r'<td class="when"><a href="/notifications/([^"]+)"', page)


async def test_the_newest_comes_first_with_what_became_of_it(console: Site, writer: Writer) -> None:
    writer.write(
        [
            came("r-1", 30),
            came("r-2", 20),
            came("r-3", 10),
            became("r-1", OutcomeKind.PARKED, 30),
            became("r-1", OutcomeKind.MATCHED, 1, customer_id="ann", events=2),
            became("r-2", OutcomeKind.REJECTED, 20, reason="signature", notification_type=""),
        ]
    )
    page = await console.get("/notifications")
    assert receipts(page) == ["r-3", "r-2", "r-1"]
    rows = page.split("<tr>")[2:]
    assert "none yet" in rows[0]
    assert "rejected" in rows[1]
    assert "signature" in rows[1]
    assert rows[2].index("parked") < rows[2].index("matched")
    assert 'href="/customers/tide/ann"' in rows[2]
    assert 'href="/purchases/tide/app_store/PRODUCTION/700001"' in rows[2]


async def test_each_filter_leaves_what_it_asks_for(console: Site, writer: Writer) -> None:
    stripe: dict[str, Any] = {"store": "stripe"}
    writer.write(
        [
            came("apple", 30),
            came("stripe", 20, **stripe),
            came("silent", 10),
            came("old", 60 * 24 * 20),
            became("apple", OutcomeKind.MATCHED, 30, customer_id="ann"),
            became(
                *("stripe", OutcomeKind.PARKED, 20),
                **stripe,
                purchase_key="tide/stripe/PRODUCTION/sub_1",
                notification_type="invoice.paid",
            ),
        ]
    )
    found = {
        "apple": [{"outcome": "matched"}, {"customer": "ann"}, {"purchase": KEY}],
        "stripe": [{"store": "stripe"}, {"type": "invoice.paid"}, {"purchase": "sub_1"}],
        "silent": [{"outcome": "none"}],
    }
    for receipt, questions in found.items():
        for asked in questions:
            assert receipts(await console.get("/notifications", **asked)) == [receipt], asked
    assert receipts(await console.get("/notifications", app="reef")) == []
    early = f"{ago(25):%Y-%m-%dT%H:%M}"
    page = await console.get("/notifications", before=early, time="1h")
    assert receipts(page) == ["apple"]
    assert f'value="{early}"' in page
    assert "data-live" not in page  # what comes now does not belong to it
    assert "old" in receipts(await console.get("/notifications", time="30d"))
    assert 'value="sub_1"' in await console.get("/notifications", purchase="sub_1")


async def test_pages_show_each_receipt_once_to_the_end(console: Site, writer: Writer) -> None:
    """Ten at one time, one of them replayed many times: a page neither skips nor repeats."""
    many = [came(f"r-{number:03}", 200 - number // 10 * 10) for number in range(120)]
    again = [came("r-115", 90, origin="replay") for _ in range(3)]
    writer.write([*many, *again])
    path, seen = "/notifications", list[str]()
    for _ in range(3):
        page = await console.get(path)
        seen += receipts(page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(onward.group(1)) if onward else ""
    assert len(seen) == len(set(seen)) == 120
    assert path == ""


async def test_what_stores_and_customers_choose_is_shown_and_does_nothing(
    console: Site, writer: Writer
) -> None:
    long = "x" * 10_000
    writer.write(
        [
            came("odd/receipt", 5),
            became(
                *("odd/receipt", OutcomeKind.MATCHED, 5),
                notification_type=ODD,
                customer_id=ODD,
                purchase_key=f"tide/{STORE}/PRODUCTION/{ODD}",
                reason=long,
            ),
        ]
    )
    page = await console.get("/notifications")
    assert "<img" not in page
    assert "<script>alert" not in page
    assert receipts(page) == ["odd%2Freceipt"]
    assert "odd/receipt" in await console.get("/notifications/odd%2Freceipt")


async def test_a_filter_that_can_not_be_meant_is_refused_by_name(console: Site) -> None:
    for asked in (
        {"outcome": ODD},
        {"time": "1y"},
        {"cursor": "yesterday"},
        {"type": "\u202e"},
        {"before": ODD},
        {"before": "0001-01-01T00:00"},
    ):
        response = await console.client.get("/notifications", params=asked)
        text = await response.text()
        assert response.status == 400
        assert next(iter(asked)) in text
        assert "<img" not in text
