"""python -m streams refresh: who is asked about, and what it needs."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.__main__ import main
from streams.contracts import topics as names
from streams.contracts.codec import encode
from streams.contracts.ids import CustomerId
from streams.contracts.step import Out
from streams.kafka.producer import Producer
from streams.settings.kafka import KafkaSettings
from streams.track.state import PurchaseState

_PROJECT = """
[project]
name = "Notes"

[[apps]]
id = "drowsy"
name = "Notes"

[[apps.stores]]
store = "stripe"
tokens = [{ env = "STRIPE_TOKEN" }]
secrets = [{ env = "STRIPE_SECRET" }]
"""
_API = """
[apps.stores.api]
api_key = { env = "STRIPE_KEY" }
"""
_SECRETS = {
    "STRIPE_TOKEN": "A" * 22,
    "STRIPE_SECRET": "whsec_0123456789abcdef",
    "STRIPE_KEY": "rk_live_0123456789abcdef",
}


def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, kafka: KafkaSettings, store: str
) -> Result:
    project = folder / "project.toml"
    project.write_text(text)
    told = {"SN_PROJECT": str(project), "SN_KAFKA": kafka.bootstrap, "SN_LOCAL": "1"}
    for name, value in (_SECRETS | told).items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(main, ["refresh", "--app", "drowsy", "--store", store])


async def put(kafka: KafkaSettings, states: dict[str, PurchaseState]) -> None:
    async with Producer(kafka, client_id="test") as producer:
        await producer.send_all(
            [
                Out(
                    topic=names.TRACK_CHANGELOG,
                    key=f"drowsy/stripe/PRODUCTION/{name}".encode(),
                    value=encode(state),
                )
                for name, state in states.items()
            ]
        )


def test_it_says_how_many_will_be_asked_about(
    kafka: KafkaSettings, topics: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = PurchaseState(owner=CustomerId("u-1"))
    states = {"sub_1": tracked, "sub_2": tracked, "sub_3": PurchaseState()}
    asyncio.run(put(kafka, states))

    result = run(tmp_path, monkeypatch, _PROJECT + _API, kafka, "stripe")

    assert result.stdout == "2 purchases of stripe will be asked about\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("store", ["stripe", "play_store"])
def test_a_store_that_can_not_be_asked_is_named(
    kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    result = run(tmp_path, monkeypatch, _PROJECT, kafka, store)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: --app drowsy --store {store}: no [apps.stores.api]")
