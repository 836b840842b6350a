"""The charts role as a process of its own, as a supervisor would run it, to be asked and to be killed."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sinks.charts.ask import get, post
from streams.contracts.errors import TransientError
from streams.settings.kafka import KafkaSettings

_READY = 60.0  # seconds
_PROJECT = """\
[project]
name = "charts"
"""
_APP = """\
[[apps]]
id = "{app}"
name = "{name}"
plan = "grow"
[[apps.stores]]
store = "app_store"
[apps.stores.options]
bundle_id = "com.example.{app}"
"""


@dataclass(kw_only=True)
class Role:
    """`folder` keeps its ClickHouse from one start to the next. `module`: what is run with "charts"."""

    kafka: KafkaSettings
    folder: Path
    port: int
    module: str = "sinks"
    apps: tuple[str, ...] = ("killed",)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clickhouse(self) -> Path:
        return self.folder / "clickhouse"

    @property
    def environ(self) -> dict[str, str]:
        project = self.folder / "project.toml"
        apps = "".join(_APP.format(app=app, name=app.title()) for app in self.apps)
        project.write_text(_PROJECT + apps, encoding="utf-8")
        return {
            **os.environ,
            "SN_KAFKA": self.kafka.bootstrap,
            "SN_LOCAL": "1",
            "SN_CLICKHOUSE": f"chdb://{self.clickhouse}",
            "SN_CHARTS_PORT": str(self.port),
            "SN_CHARTS_URL": self.url,
            "SN_PROJECT": str(project),
            "TZ": "America/New_York",  # days are UTC wherever it runs
        }

    async def start(self) -> None:
        """Return when it is ready."""
        self.begin()
        await self.ready()

    def begin(self) -> None:
        """Return at once."""
        with (self.folder / "charts.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "charts"], env=self.environ, stderr=log
            )

    async def ready(self) -> None:
        async with asyncio.timeout(_READY):
            while not await self._ready():
                assert self.running, self.log()
                await asyncio.sleep(0.1)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        return self._end(signal.SIGTERM)

    def log(self) -> str:
        return (self.folder / "charts.log").read_text(encoding="utf-8")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """python -m sinks ..., as an operator would type it beside the running role."""
        return subprocess.run(
            [sys.executable, "-m", "sinks", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    async def get(self, path: str, **asked: str) -> Any:  # noqa: ANN401 - JSON
        return await get(self.url, path, asked)

    async def query(self, sql: str) -> list[list[Any]]:
        answer = await post(self.url, "/v1/query", {"sql": sql})
        rows: list[list[Any]] = answer["rows"]
        return rows

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process = None
        return code

    async def _ready(self) -> bool:
        try:
            await get(self.url, "/readyz")
        except TransientError:
            return False
        return True
