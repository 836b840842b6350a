"""An import takes what is good, tells what is bad by its line, and never counts as a post."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.__main__ import main
from streams.commands.import_rows import accept_row, rows_of
from streams.contracts.codec import decode
from streams.contracts.errors import ConfigError, RejectedError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, AppStore
from streams.contracts.purchase import PostedPurchase
from streams.contracts.step import Record
from streams.contracts.topics import POSTED
from streams.contracts.words import Environment, Origin
from streams.settings.kafka import KafkaSettings
from tests.conftest import free_ports
from tests.ingress.doors import Tail

NOW = datetime(2026, 11, 23, tzinfo=UTC)
APP = App(app_id=AppId("notes"), name="Notes", stores=(AppStore(store=StoreName("stripe")),))
GOOD = "u-1,sub_1,PRODUCTION,9.99,USD"
_PROJECT = """
[project]
name = "Import"
[[apps]]
id = "notes"
name = "Notes"
[[apps.stores]]
store = "stripe"
tokens = [{ env = "T" }]
secrets = [{ env = "S" }]
"""


def _csv(folder: Path, *lines: str) -> Path:
    file = folder / "purchases.csv"
    header = "app_user_id,subscription_id,environment,price,currency"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def test_a_row_becomes_a_post_of_origin_import(tmp_path: Path) -> None:
    (row,) = rows_of(_csv(tmp_path, GOOD))

    posted = accept_row(row, APP, "stripe", NOW)

    assert (posted.origin, posted.environment) == (Origin.IMPORT, Environment.PRODUCTION)
    assert posted.price is not None
    assert posted.price.micros == 9_990_000
    assert posted.tracking_id == accept_row(row, APP, "stripe", NOW).tracking_id


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",sub_1,PRODUCTION,,", "app_user_id"),
        ("u-1,in_1,PRODUCTION,,", "no way to a purchase"),
        ("u-1,sub_1,LIVE,,", "environment"),
        ("u-1,sub_1,PRODUCTION,9.99,", "price and currency together"),
        ("u-1,sub_1,PRODUCTION,nine,USD", "price"),
    ],
)
def test_a_bad_row_names_its_field(tmp_path: Path, line: str, told: str) -> None:
    (row,) = rows_of(_csv(tmp_path, line))

    with pytest.raises(RejectedError, match=told):
        accept_row(row, APP, "stripe", NOW)


def test_json_lines_are_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "purchases.jsonl"
    file.write_text('{"app_user_id": "u-1", "subscription_id": "sub_1"}\n[1]\n{broken\n')

    good, listed, broken = rows_of(file)

    assert accept_row(good, APP, "stripe", NOW).purchase_id == "sub_1"
    assert listed.problem == "not a JSON object: expected an object, got an array"
    assert "not a JSON object: not JSON: " in broken.problem
    assert [row.line for row in (good, listed, broken)] == [1, 2, 3]


def test_an_unknown_column_stops_it_before_anything_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text("user,subscription_id\nu-1,sub_1\n")

    with pytest.raises(ConfigError, match="Unknown: user"):
        list(rows_of(file))


def test_a_column_that_is_ignored_does_not_stop_it(tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text("app_user_id,country,purchase_id\nu-1,FR,sub_1\n")

    (row,) = rows_of(file, ["country"])

    assert accept_row(row, APP, "stripe", NOW).purchase_id == "sub_1"


def test_a_price_in_json_is_exact(tmp_path: Path) -> None:
    file = tmp_path / "purchases.jsonl"
    row = '{"app_user_id": "u", "purchase_id": "sub_1", "price": %s, "currency": "USD"}\n'
    file.write_text(row % "1234567890.123456" + row % "1234567890.1234567")

    good, too_fine = rows_of(file)

    posted = accept_row(good, APP, "stripe", NOW)
    assert posted.price is not None
    assert posted.price.micros == 1_234_567_890_123_456
    with pytest.raises(RejectedError, match="six decimals"):
        accept_row(too_fine, APP, "stripe", NOW)


@pytest.mark.parametrize("name", ["purchases.csv", "purchases.jsonl"])
def test_bytes_that_are_no_utf_8_spoil_their_row_only(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    rows = {
        "purchases.csv": b"app_user_id,purchase_id\n\xff,sub_1\nu-2,sub_2\n",
        "purchases.jsonl": b'{"app_user_id": "\xff", "purchase_id": "sub_1"}\n'
        b'{"app_user_id": "u-2", "purchase_id": "sub_2"}\n',
    }
    file.write_bytes(rows[name])

    spoiled, good = rows_of(file)

    with pytest.raises(RejectedError):
        accept_row(spoiled, APP, "stripe", NOW)
    assert accept_row(good, APP, "stripe", NOW).customer_id == "u-2"


def test_a_spreadsheet_s_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_bytes(b"\xef\xbb\xbfapp_user_id,purchase_id\r\nu-1,sub_1\r\n")

    (row,) = rows_of(file)

    assert accept_row(row, APP, "stripe", NOW).customer_id == "u-1"


def test_a_row_with_too_many_cells_is_bad_and_its_line_right_after_a_quoted_line_break(
    tmp_path: Path,
) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text('app_user_id,purchase_id\n"u\n1",sub_1\nu-2,sub_2,x\nu-3,sub_3\n')

    quoted, wide, good = rows_of(file)

    assert [row.line for row in (quoted, wide, good)] == [3, 4, 5]
    assert "more cells" in wide.problem
    with pytest.raises(RejectedError, match="app_user_id"):
        accept_row(quoted, APP, "stripe", NOW)
    assert accept_row(good, APP, "stripe", NOW).customer_id == "u-3"


def test_a_store_that_a_row_names_wins_and_one_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "purchases.jsonl"
    file.write_text(
        '{"store": "stripe", "app_user_id": "u", "purchase_id": "sub_1"}\n'
        '{"app_user_id": "u", "purchase_id": "sub_1"}\n'
    )

    named, unnamed = rows_of(file)

    assert accept_row(named, APP, "app_store", NOW).store == "stripe"
    with pytest.raises(RejectedError, match="store: is missing: give --store, or a column"):
        accept_row(unnamed, APP, None, NOW)


@pytest.fixture
def environ(tmp_path: Path, kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a command on the session's broker."""
    project = tmp_path / "project.toml"
    project.write_text(_PROJECT)
    for name, value in {
        "SN_KAFKA": kafka.bootstrap,
        "SN_LOCAL": "1",
        "SN_PROJECT": str(project),
        "T": "token-0123456789abcdefghijkl",
        "S": "whsec_0123456789abcdefghijklmnop",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environ", "topics")
def test_the_good_rows_are_imported_and_the_bad_ones_told(
    tmp_path: Path, kafka: KafkaSettings
) -> None:
    rejects = tmp_path / "rejects.tsv"
    file = _csv(tmp_path, GOOD, "u-2,in_9,PRODUCTION,,", "u-3,sub_3,,,")

    async def read_after(command: Callable[[], Result]) -> tuple[Result, list[Record]]:
        async with Tail(kafka, POSTED) as tail:
            result = await asyncio.to_thread(command)
            return result, await tail.read()

    arguments = [
        "import",
        str(file),
        "--app",
        "notes",
        "--store",
        "stripe",
        "--rejects",
        str(rejects),
    ]
    result, records = asyncio.run(read_after(lambda: CliRunner().invoke(main, arguments)))

    assert result.exit_code == 1
    assert "2 imported, 1 rejected" in result.stdout
    assert "line 3: subscription_id" in result.stderr
    assert rejects.read_text().startswith("3\t")
    posted = [decode(record.value, PostedPurchase) for record in records]
    assert {one.customer_id for one in posted} == {"u-1", "u-3"}
    assert {one.origin for one in posted} == {Origin.IMPORT}


@pytest.mark.usefixtures("environ", "topics")
def test_an_import_of_good_rows_only_ends_with_0(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["import", str(_csv(tmp_path, GOOD)), "--app", "notes", "--store", "stripe"]
    )

    assert (result.exit_code, result.stdout) == (0, "1 imported, 0 rejected\n")


@pytest.mark.usefixtures("environ", "topics")
def test_an_import_keeps_its_rate(tmp_path: Path) -> None:
    rows = [f"u-{number},sub_{number},,," for number in range(30)]
    started = time.monotonic()
    CliRunner().invoke(
        main,
        [
            "import",
            str(_csv(tmp_path, *rows)),
            "--app",
            "notes",
            "--store",
            "stripe",
            "--rate",
            "20",
        ],
    )
    assert time.monotonic() - started >= 1.4


@pytest.mark.usefixtures("environ")
def test_an_unknown_app_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["import", str(_csv(tmp_path, GOOD)), "--app", "note"])

    assert result.exit_code == 2
    assert result.stderr == "error: --app note: the project has notes\n"


@pytest.mark.usefixtures("environ")
def test_without_a_broker_it_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobody,) = free_ports(1)
    monkeypatch.setenv("SN_KAFKA", f"127.0.0.1:{nobody}")
    result = CliRunner().invoke(
        main, ["import", str(_csv(tmp_path, GOOD)), "--app", "notes", "--store", "stripe"]
    )

    assert result.exit_code == 75
    assert "SN_KAFKA" in result.stderr.splitlines()[-1]
