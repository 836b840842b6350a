"""Rates are read strictly, published once, and never changed."""

from pathlib import Path

import pytest

from streams.commands.rates import lines_of, publish, published_rates, read_rates
from streams.contracts.errors import ConfigError
from streams.contracts.money import Rate
from streams.contracts.step import Out
from streams.contracts.topics import RATES
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings


def _file(folder: Path, text: str) -> Path:
    file = folder / "rates.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_rate_is_read_to_the_micro(tmp_path: Path) -> None:
    file = _file(tmp_path, "currency,day,usd\neur,2026-11-20,1.158345\n")

    assert list(read_rates(file)) == [Rate(currency="EUR", day="2026-11-20", usd_micros=1_158_345)]


def test_json_lines_are_read_to_the_micro_too(tmp_path: Path) -> None:
    file = tmp_path / "rates.jsonl"
    file.write_text(
        '{"currency": "EUR", "day": "2026-11-20", "usd": 1.158345}\n'
        '{"currency": "JPY", "day": "2026-11-20", "usd": "0.0064", "source": "x"}\n'
    )

    assert [rate.usd_micros for rate in read_rates(file)] == [1_158_345, 6_400]


@pytest.mark.parametrize(
    ("line", "told"), [("[]", ":1: not a JSON object"), ('{"day": "x"}', ":1: must have the keys")]
)
def test_a_json_line_that_is_no_rate_is_named(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "rates.jsonl"
    file.write_text(line)

    with pytest.raises(ConfigError, match=told):
        list(read_rates(file))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("currency,usd\nEUR,1\n", "columns currency, day, usd"),
        ("currency,day,usd\nEURO,2026-11-20,1\n", r":2: currency 'EURO'"),
        ("currency,day,usd\nEUR,20.11.2026,1\n", r":2: day '20.11.2026'"),
        ("currency,day,usd\nEUR,2026-11-20,one\n", r":2: usd 'one'"),
        ("currency,day,usd\nEUR,2026-11-20,0\n", r":2: usd '0' must be more"),
        ("currency,day,usd\nEUR,2026-11-20,NaN\n", r":2: usd 'NaN'"),
        ("currency,day,usd\nEUR,2026-11-20,1e999999\n", r":2: usd '1e999999'"),
        ("currency,day,usd\nEUR,2026-11-20\n", r":2: usd None"),
    ],
)
def test_what_can_not_be_read_is_named_by_line_and_column(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        list(read_rates(_file(tmp_path, text)))


async def test_a_rate_is_published_once_and_never_changed(
    kafka: KafkaSettings, topics: None
) -> None:
    first = Rate(currency="XTS", day="2026-11-20", usd_micros=2_000_000)

    assert await publish(kafka, [first, first]) == 1
    assert await publish(kafka, [first]) == 0
    with pytest.raises(ConfigError, match=r"XTS of 2026-11-20 is 2.0 already"):
        await publish(kafka, [Rate(currency="XTS", day="2026-11-20", usd_micros=2_100_000)])
    published = await published_rates(kafka)
    assert published["XTS", "2026-11-20"] == first
    assert "XTS       1 rates  2026-11-20 to 2026-11-20" in list(lines_of(published))


async def test_nothing_is_published_of_a_file_that_contradicts_itself(
    kafka: KafkaSettings, topics: None
) -> None:
    good = Rate(currency="XXX", day="2026-11-20", usd_micros=1)
    one, other = (Rate(currency="XXY", day="2026-11-20", usd_micros=micros) for micros in (1, 2))

    with pytest.raises(ConfigError, match="XXY of 2026-11-20"):
        await publish(kafka, [good, one, other])

    assert ("XXX", "2026-11-20") not in await published_rates(kafka)


async def test_a_record_that_is_no_rate_hides_no_other(kafka: KafkaSettings, topics: None) -> None:
    rate = Rate(currency="XBA", day="2026-11-20", usd_micros=3)
    async with Producer(kafka, client_id="test") as producer:
        await producer.send(Out(topic=RATES, key=b"XBA/2026-11-19", value=b"no rate"))
        await publish(kafka, [rate])
        published = await published_rates(kafka)
        await producer.send(Out(topic=RATES, key=b"XBA/2026-11-19", value=None))

    assert published["XBA", "2026-11-20"] == rate
    assert ("XBA", "2026-11-19") not in published
