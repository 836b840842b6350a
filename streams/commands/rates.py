"""Exchange rates go in here: append-only, so that a price once told can be told again."""

import asyncio
import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click
import msgspec
import structlog

from streams.commands.running import errors_told, settings_for
from streams.contracts import topics
from streams.contracts.codec import decode, encode
from streams.contracts.errors import ConfigError, MalformedError
from streams.contracts.money import MICROS, Rate
from streams.contracts.step import Out, Record
from streams.contracts.unread import unread
from streams.kafka.follower import Follower
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings

_COLUMNS = {"currency", "day", "usd"}
_LETTERS = 3
_MOST_DIGITS = 9  # before the decimal point
_JSON_LINES = {".jsonl", ".ndjson", ".json"}
_AT_ONCE = 5_000  # records in the producer's hands
_log = structlog.get_logger()
_object = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)
Published = dict[tuple[str, str], Rate]


@click.group()
def rates() -> None:
    """Exchange rates, by which prices are told in USD.

    A purchase is priced at the newest rate that is not after its day and at most 7 days older.
    Without one its USD price is null, never 0.
    """


@rates.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Publish the rates of FILE: CSV with the columns currency, day, usd, or JSON lines (.jsonl).

    `usd` is what one unit of the currency is worth: EUR,2026-11-20,1.1583. A rate that is there
    already is passed over; another value for a known currency and day is refused, since events
    have been told at the first one.
    """
    with errors_told():
        settings = settings_for("rates")
        wanted = list(read_rates(file))
        added = asyncio.run(publish(settings.kafka, wanted))
        click.echo(f"{added} rates added, {len(wanted) - added} were there already")


@rates.command()
def status() -> None:
    """Show each currency: how many rates there are, and the first and the last day."""
    with errors_told():
        published = asyncio.run(published_rates(settings_for("rates").kafka))
        for line in lines_of(published):
            click.echo(line)


def read_rates(file: Path) -> Iterator[Rate]:
    """Raise ConfigError, naming file, line and column, for what can't be read."""
    with file.open(newline="", encoding="utf-8-sig", errors="replace") as text:
        if file.suffix in _JSON_LINES:
            yield from _json_rates(text, file)
        else:
            yield from _csv_rates(text, file)


def _csv_rates(text: Iterable[str], file: Path) -> Iterator[Rate]:
    rows = csv.DictReader(text)
    if not set(rows.fieldnames or ()) >= _COLUMNS:
        raise ConfigError(f"{file}: its first line must name the columns currency, day, usd")
    for row in rows:
        yield _rate(row, f"{file}:{rows.line_num}")


def _json_rates(text: Iterable[str], file: Path) -> Iterator[Rate]:
    for number, line in enumerate(text, 1):
        place = f"{file}:{number}"
        try:
            row = _object.decode(line)
        except msgspec.DecodeError as error:
            raise ConfigError(f"{place}: not a JSON object: {unread(error)}") from error
        if not set(row) >= _COLUMNS:
            raise ConfigError(f"{place}: must have the keys currency, day, usd")
        yield _rate({name: str(row[name]) for name in _COLUMNS}, place)


def _rate(row: Mapping[str, str | None], place: str) -> Rate:
    currency = (row["currency"] or "").strip().upper()
    if len(currency) != _LETTERS or not (currency.isascii() and currency.isalpha()):
        raise ConfigError(f"{place}: currency {row['currency']!r} is no ISO 4217 code")
    try:
        day = date.fromisoformat((row["day"] or "").strip()).isoformat()
    except ValueError as error:
        raise ConfigError(f"{place}: day {row['day']!r} is no date like 2026-11-23") from error
    return Rate(currency=currency, day=day, usd_micros=_micros(row["usd"], place))


def _micros(text: str | None, place: str) -> int:
    try:
        usd = Decimal((text or "").strip())
    except InvalidOperation as error:
        raise ConfigError(f"{place}: usd {text!r} is no number like 1.1583") from error
    if not usd.is_finite() or usd.adjusted() > _MOST_DIGITS:
        raise ConfigError(f"{place}: usd {text!r} is no number like 1.1583")
    micros = int((usd * MICROS).to_integral_value())
    if micros <= 0:
        raise ConfigError(f"{place}: usd {text!r} must be more than 0.0000005")
    return micros


async def publish(kafka: KafkaSettings, wanted: list[Rate]) -> int:
    """How many were new. Raise ConfigError, publishing none, when one contradicts a known one."""
    known = await published_rates(kafka)
    new: Published = {}
    for rate in wanted:
        at = (rate.currency, rate.day)
        before = known.get(at) or new.get(at)
        if before is not None and before != rate:
            raise ConfigError(
                f"{rate.currency} of {rate.day} is {before.usd_micros / MICROS} already, and rates"
                f" are never changed: leave out {rate.usd_micros / MICROS}"
            )
        if before is None:
            new[at] = rate
    async with Producer(kafka, client_id="rates") as producer:
        outs = [_out(rate) for rate in new.values()]
        for start in range(0, len(outs), _AT_ONCE):
            await producer.send_all(outs[start : start + _AT_ONCE])
    return len(new)


def _out(rate: Rate) -> Out:
    key = f"{rate.currency}/{rate.day}".encode()
    return Out(topic=topics.RATES, key=key, value=encode(rate))


async def published_rates(kafka: KafkaSettings) -> Published:
    """Every rate of topic `rates`; what can't be read is told and passed, as the roles do."""
    found: Published = {}

    def learn(record: Record) -> None:
        try:
            if record.value:
                rate = decode(record.value, Rate)
                found[rate.currency, rate.day] = rate
        except MalformedError as error:
            _log.error("rate_unreadable", offset=record.offset, reason=str(error))

    follower = Follower(kafka, topics.RATES, learn)
    try:
        await follower.start()
    finally:
        await follower.stop()
    return found


def lines_of(published: Published) -> Iterator[str]:
    """The status as text, a line a currency."""
    if not published:
        yield "no rates: prices in other currencies than USD have no USD price. Run rates import FILE"
    for currency in sorted({currency for currency, _ in published}):
        days = sorted(day for known, day in published if known == currency)
        yield f"{currency}  {len(days):>6} rates  {days[0]} to {days[-1]}"
