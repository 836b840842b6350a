"""The setup page in the console: complete, escaped, copied by a button, checked by another."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest_asyncio

from sinks.charts.engine import Engine
from sinks.console.markdown import html_of
from streams.contracts.codec import encode
from streams.contracts.ids import AppId, StoreName
from streams.contracts.outcome import LastReceived
from streams.contracts.step import Record
from streams.settings.project_file import load_project
from tests.sinks.console.site import Site, site

TOKEN = "token-aaaaaaaaaaaaaaaaaaaa"
PROJECT = """
[project]
name = "P"
{public_url}
[[apps]]
id = "notes"
[[apps.stores]]
store = "stripe"
tokens = [{{ file = "token" }}]
[[apps.stores]]
store = "app_store"
[apps.stores.options]
bundle_id = "<img src=x onerror=alert(1)>"
"""


def project_file(folder: Path, public_url: str = "") -> Path:
    (folder / "token").write_text(TOKEN)
    file = folder / "project.toml"
    file.write_text(PROJECT.format(public_url=public_url))
    return file


@pytest_asyncio.fixture
async def served(clickhouse: Engine, tmp_path: Path) -> AsyncIterator[Site]:
    file = project_file(tmp_path)
    project = load_project(file).project
    environ = {"SN_PROJECT": str(file), "SN_NOTIFICATIONS_PORT": "8099"}
    async with site(clickhouse, tmp_path, environ, project=project) as console:
        yield console


def tell(console: Site, value: LastReceived) -> None:
    key = f"{value.app_id}/{value.store}".encode()
    record = Record(topic="last-received", partition=0, offset=0, key=key, value=encode(value))
    console.parts.labels.learn(record)


async def test_the_page_is_the_same_as_the_commands_with_a_button_at_each_code(
    served: Site,
) -> None:
    html = await served.get("/setup/notes/stripe")
    assert "<h1>Stripe of <code>notes</code></h1>" in html
    assert f"http://127.0.0.1:8099/v1/notifications/stripe/{TOKEN}" in unescape(html)
    assert html.count("<pre ") == html.count("data-copy=") > 5
    assert "public_url in [project]" in unescape(html)
    assert "<script>" not in html
    assert " style=" not in html


async def test_every_copy_button_names_a_block_that_is_there_once(served: Site) -> None:
    html = await served.get("/setup/notes/stripe")
    named = [part.split('"')[0] for part in html.split('data-copy="')[1:]]
    assert len(set(named)) == len(named)
    assert all(html.count(f'<pre id="{name}"') == 1 for name in named)


async def test_to_the_ear_no_two_codes_and_no_two_tables_are_the_same(served: Site) -> None:
    html = await served.get("/setup/notes/app_store")
    labels = re.findall(r'<(?:pre|div)[^>]* aria-label="([^"]+)"', html)
    assert labels.count("Table 2") == 1
    assert len(set(labels)) == len(labels) > 4


async def test_what_the_project_says_is_text(served: Site) -> None:
    html = await served.get("/setup/notes/app_store")
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


async def test_the_check_says_what_came_and_says_it_anew(served: Site) -> None:
    before = unescape(await served.get("/setup/notes/stripe", check="1"))
    assert "Nothing has come yet. " in before
    assert "No public_url is set: only this machine reaches the route." in before
    tell(
        served,
        LastReceived(
            app_id=AppId("notes"),
            store=StoreName("stripe"),
            last_rejected_reason="signature",
            counts={"rejected": 3},
        ),
    )
    after = unescape(await served.get("/setup/notes/stripe", check="1"))
    assert "3 came and all failed on the signature" in after
    assert "Nothing has come yet" not in after


async def test_without_asking_nothing_is_checked(served: Site) -> None:
    html = await served.get("/setup/notes/stripe")
    assert 'id="findings"' not in html
    assert 'name="check"' in html


async def test_the_public_url_is_looked_at_from_here(clickhouse: Engine, tmp_path: Path) -> None:
    file = project_file(tmp_path, 'public_url = "https://no-such-name.invalid"')
    project = load_project(file).project
    async with site(clickhouse, tmp_path, {"SN_PROJECT": str(file)}, project=project) as console:
        html = unescape(await console.get("/setup/notes/stripe", check="1"))
    assert "no-such-name.invalid has no address" in html


async def test_a_store_that_the_app_has_not_is_not_found(served: Site) -> None:
    for path in ("/setup/notes/play_store", "/setup/chess/stripe", "/setup/notes/..%2Fsecrets"):
        assert (await served.client.get(path)).status == 404


async def test_a_project_file_that_went_wrong_since_is_said(served: Site) -> None:
    served.parts.settings.project.write_text("[project")
    response = await served.client.get("/setup/notes/stripe")
    assert response.status == 409
    assert "not TOML" in await response.text()


def test_html_in_markdown_is_text_and_scripts_are_no_links() -> None:
    html = html_of(
        "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n```sh\n</pre><b>\n```\n"
    )
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "&lt;/pre&gt;&lt;b&gt;" in html
