"""An import takes what is good, tells what is bad by its line, and never counts as a post."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.commands.import_rows import accept_row, rows_of
from streams.commands.importing import import_
from streams.contracts.errors import ConfigError, RejectedError
from streams.contracts.ids import AppId, StoreName
from streams.contracts.project import App, AppStore
from streams.contracts.words import Environment, Origin
from streams.settings.kafka import KafkaSettings

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
        ("u-1,in_1,PRODUCTION,,", "another kind of id"),
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
    assert listed.problem == "not a JSON object"
    assert "not JSON" in broken.problem
    assert [row.line for row in (good, listed, broken)] == [1, 2, 3]


def test_an_unknown_column_stops_it_before_anything_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text("user,subscription_id\nu-1,sub_1\n")

    with pytest.raises(ConfigError, match="unknown: user"):
        list(rows_of(file))


def test_the_good_rows_are_imported_and_the_bad_ones_told(
    tmp_path: Path, kafka: KafkaSettings, topics: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project.toml"
    project.write_text(_PROJECT)
    rejects = tmp_path / "rejects.tsv"
    for name, value in {
        "SN_KAFKA": kafka.bootstrap,
        "SN_LOCAL": "1",
        "SN_PROJECT": str(project),
        "T": "token-0123456789abcdefghijkl",
        "S": "whsec_0123456789abcdefghijklmnop",
    }.items():
        monkeypatch.setenv(name, value)
    file = _csv(tmp_path, GOOD, "u-2,in_9,PRODUCTION,,", "u-3,sub_3,,,")

    result = CliRunner().invoke(
        import_, [str(file), "--app", "notes", "--store", "stripe", "--rejects", str(rejects)]
    )

    assert result.exit_code == 1
    assert "2 imported, 1 rejected" in result.output
    assert "line 3: subscription_id" in result.output
    assert rejects.read_text().startswith("3\t")
