"""The taxes that prices of the mobile stores include, by country of the storefront and day.

Standard rates on digital services, in percent, where the store collects them out of the price; a
later rate stands behind its first day. 0: taxes come on top of the price, or there is none. A
country that is not here is not known, which is not 0.
"""

from collections.abc import Iterator
from datetime import date

from streams.contracts.money import half_up

_RATES = """
AE 5 | AL 20 | AM 20 | AR 21 | AT 20 | AU 10 | AZ 18 | BA 17 | BE 21 | BG 20 | BH 10 | BS 10
CA 0 | CH 7.7 2024-01-01:8.1 | CL 19 | CO 19 | CR 13 | CY 19 | CZ 21 | DE 19 | DK 25
EC 12 2024-04-01:15 | EE 20 2024-01-01:22 2025-07-01:24 | EG 14 | ES 21 | FI 24 2024-09-01:25.5
FR 20 | GB 20 | GE 18 | GR 24 | HK 0 | HR 25 | HU 27 | ID 10 2022-04-01:11 | IE 23 | IN 18 | IS 24
IT 22 | JP 8 2019-10-01:10 | KE 16 | KR 10 | KW 0 | KZ 12 2026-01-01:16 | LI 7.7 2024-01-01:8.1
LT 21 | LU 17 2023-01-01:16 2024-01-01:17 | LV 21 | MD 20 | MO 0 | MT 18 | MX 16
MY 6 2024-03-01:8 | NG 7.5 | NL 21 | NO 25 | NP 13 | NZ 15 | OM 5 | PE 18 | PL 23 | PR 0 | PT 23
QA 0 | RO 19 2025-08-01:21 | RS 20 | RU 20 2026-01-01:22 | SA 15 | SE 25
SG 7 2023-01-01:8 2024-01-01:9 | SI 22 | SK 20 2025-01-01:23 | TH 7 | TR 18 2023-07-10:20 | TW 5
TZ 18 | UA 20 | UG 18 | US 0 | UY 22 | UZ 12 | VN 10 | ZA 15 | ZM 16
"""
_BP = 10_000
_Steps = tuple[tuple[date, int], ...]


def _read(table: str) -> Iterator[tuple[str, _Steps]]:
    for entry in table.replace("\n", "|").split("|"):
        country, *rates = entry.split() or [""]
        if country:
            yield country, tuple(map(_step, rates))


def _step(text: str) -> tuple[date, int]:
    """`19` or `2025-08-01:21`, as the first day and hundredths of a percent."""
    day, _, percent = text.rpartition(":")
    since = date.fromisoformat(day) if day else date.min
    return since, round(float(percent) * 100)


_BY_COUNTRY = dict(_read(_RATES))


def rate_bp(country: str | None, day: date) -> int | None:
    """The rate on top of the net price, in hundredths of a percent; None: not known."""
    steps = [rate for since, rate in _BY_COUNTRY.get(country or "", ()) if since <= day]
    return steps[-1] if steps else None


def share_of_price(share_bp: int, tax_rate_bp: int) -> int:
    """A share of the net price as a share of the price with tax; of the rate itself the tax's share."""
    return half_up(share_bp * _BP, _BP + tax_rate_bp)
