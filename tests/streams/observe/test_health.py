"""Health tells the truth at the moment it is asked, on its own port, or not at all."""

import aiohttp
import pytest

from streams.contracts.errors import ConfigError
from streams.observe.health import Health, serve_health
from tests.conftest import free_ports


async def ask(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_live_and_ready_are_asked_each_time_and_tell_why_not() -> None:
    (port,) = free_ports(1)
    state: dict[str, str | None] = {"live": None, "ready": "tables are being read"}
    health = Health(live=lambda: state["live"], ready=lambda: state["ready"])
    async with serve_health("127.0.0.1", port, health):
        assert await ask(port, "/healthz") == (200, '{"status":"ok"}')
        status, text = await ask(port, "/readyz")
        assert (status, "tables are being read" in text) == (503, True)

        state["ready"] = None
        assert (await ask(port, "/readyz"))[0] == 200

        state["live"] = "the loop stands still"
        assert (await ask(port, "/healthz"))[0] == 503
        assert (await ask(port, "/readyz"))[0] == 503


async def test_metrics_are_there_in_prometheus_s_format() -> None:
    (port,) = free_ports(1)
    async with serve_health("127.0.0.1", port, Health()):
        status, text = await ask(port, "/metrics")
    assert status == 200
    assert "process_cpu_seconds_total" in text


async def test_port_0_serves_nothing() -> None:
    async with serve_health("127.0.0.1", 0, Health()) as port:
        assert port == 0


async def test_a_port_that_is_taken_names_the_setting() -> None:
    (port,) = free_ports(1)
    async with serve_health("127.0.0.1", port, Health()):
        with pytest.raises(ConfigError, match=f"SN_HEALTH_PORT.*{port}"):
            async with serve_health("127.0.0.1", port, Health()):
                pass


async def test_an_address_of_another_machine_names_the_setting_of_the_address() -> None:
    with pytest.raises(ConfigError, match=r"no\.such\.host\.invalid.*SN_HOST"):
        async with serve_health("no.such.host.invalid", 1, Health()):
            pass
