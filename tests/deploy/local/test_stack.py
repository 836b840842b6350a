"""What is wrong in a project file is told before anything starts, naming the place."""

from contextlib import nullcontext as does_not_raise
from pathlib import Path

import pytest
from aiohttp import web

from deploy.demo.serving import listening
from deploy.demo.signers.google_account import key_file, new_key
from deploy.local.programs import BROKER, PULL, private_port
from deploy.local.site import Ports, Site
from deploy.local.stack import Stack
from streams.contracts.codec import write_json
from streams.contracts.errors import ConfigError
from tests.conftest import free_ports

APP = """\
[project]
name = "Mine"
[[apps]]
id = "notes"
[[apps.stores]]
store = "app_store"
[apps.stores.options]
bundle_id = "com.example.notes"
app_apple_id = 1
"""


def _stack(folder: Path, project: str, private: int = 23_200) -> Stack:
    file = folder / "project.toml"
    file.write_text(project)
    notifications, charts, api, kafka = free_ports(4)
    ports = Ports(notifications=notifications, charts=charts, api=api, kafka=kafka, private=private)
    return Stack(Site(folder=folder, name="own", ports=ports, project=file), demo=False)


PULLS = """\
[project]
name = "Mine"
[[apps]]
id = "notes"
[[apps.stores]]
store = "play_store"
[apps.stores.options]
package_name = "com.example.notes"
subscription = "projects/p/subscriptions/s"
pull = true
"""
KEY = '[apps.stores.api]\nservice_account_key = {file = "account.json"}\n'


async def test_where_an_app_pulls_the_role_is_started_too(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(
        key_file(new_key(), "https://oauth2.googleapis.com/token")
    )
    pulling = _stack(tmp_path, PULLS + KEY)
    await pulling.check()
    (pull,) = (program for program in pulling.programs if program.name == PULL)
    assert pull.command[1:] == ("-m", "streams", "pull")
    assert pull.health_port == 23_214
    assert (pull.ready, "[program:pull]" in pulling.supervisor._config()) == (None, True)

    pushed = _stack(tmp_path, APP)
    await pushed.check()
    assert PULL not in {program.name for program in pushed.programs}


async def test_an_app_that_can_not_pull_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="service_account_key"):
        await _stack(tmp_path, PULLS).check()


async def test_a_good_project_passes(tmp_path: Path) -> None:
    with does_not_raise():
        await _stack(tmp_path, APP).check()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (APP.replace('id = "notes"', ""), "apps\\[0\\]"),
        (APP + 'root_fingerprints = ["00"]\n', "root_fingerprints"),
        (
            APP + '[[destinations]]\nname = "b"\ntype = "webhook"\nurl = "http://example.com"\n',
            "destinations\\[0\\]",
        ),
        (APP + '[apps.stores.api]\nkey = "x"\n', "apps\\[0\\].stores\\[0\\].api"),
    ],
    ids=["the file's shape", "a store's options", "a destination", "a store's API"],
)
async def test_a_mistake_is_told_with_its_place(tmp_path: Path, wrong: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        await _stack(tmp_path, wrong).check()


@pytest.mark.parametrize("setting", [("SN_PARTITIONS", "x"), ("SN_CLICKHOSE", "http://other")])
async def test_a_wrong_setting_is_told_before_anything_starts(
    tmp_path: Path, setting: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*setting)
    with pytest.raises(ConfigError, match=setting[0]):
        await _stack(tmp_path, APP).check()


async def test_who_is_there_and_not_ready_does_not_serve(tmp_path: Path) -> None:
    (free,) = free_ports(1)
    stack = _stack(tmp_path, APP, private=free - 3)
    assert private_port(stack.site, "verify") == free
    status = 503

    async def ready(_: web.Request) -> web.Response:
        return web.Response(status=status)

    served = web.Application()
    served.add_routes([web.get("/readyz", ready)])
    asked = {"verify", "track", BROKER}
    async with listening(served, port=free):
        assert await stack.serving(asked) == set()
        status = 200
        assert await stack.serving(asked) == {"verify"}
        assert await stack.serving({"track"}) == set()


def test_the_end_of_a_log_is_shown_once_with_its_path(tmp_path: Path) -> None:
    stack = _stack(tmp_path, APP)
    log = stack.supervisor.log_file("charts")
    log.parent.mkdir()
    log.write_text("error: no such thing\n" * 9)
    assert stack.last_lines("charts") == f"  error: no such thing\n  ({log})"


def test_why_a_role_ended_is_shown_and_not_how_its_traceback_begins(tmp_path: Path) -> None:
    stack = _stack(tmp_path, APP)
    log = stack.supervisor.log_file("receipts")
    log.parent.mkdir()
    trace = "Traceback:\n" + '  File "restore.py"\n' * 40 + "ConfigError: remove data/receipts-0"
    told = {"event": "process_ended", "why": "no", "level": "critical", "exception": trace}
    log.write_bytes(b'{"event": "starting", "level": "info"}\n' + write_json(told) + b"\n")

    said = stack.last_lines("receipts")

    assert said == f"  process_ended: no: ConfigError: remove data/receipts-0\n  ({log})"
