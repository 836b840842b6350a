"""Health tells the truth: 200 while all is well, 503 with the reason when it is not."""

from aiohttp import ClientSession

from streams.observe import metrics
from streams.observe.health import Health, serve_health
from tests.conftest import free_ports


async def test_health_follows_what_the_role_says_of_itself() -> None:
    said: dict[str, str | None] = {"live": None, "ready": "still recovering"}
    (port,) = free_ports(1)
    health = Health(live=lambda: said["live"], ready=lambda: said["ready"])

    async with serve_health("127.0.0.1", port, health), ClientSession() as session:
        base = f"http://127.0.0.1:{port}"
        async with session.get(f"{base}/healthz") as live:
            assert live.status == 200
        async with session.get(f"{base}/readyz") as ready:
            assert ready.status == 503
            assert "still recovering" in await ready.text()
        said["ready"] = None
        async with session.get(f"{base}/readyz") as ready:
            assert ready.status == 200


async def test_metrics_are_served_in_prometheus_text() -> None:
    (port,) = free_ports(1)
    metrics.count("ingress_requests", store="stripe", status="200")

    async with (
        serve_health("127.0.0.1", port, Health()),
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = await answer.text()

    assert 'sn_ingress_requests_total{status="200",store="stripe"}' in text
