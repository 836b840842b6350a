"""Looks at every port before anything starts: a taken one is named, with who wants it and the setting."""

import socket

from deploy.local.programs import private_ports
from deploy.local.site import HOST, Site
from streams.contracts.errors import ConfigError


def check_ports(site: Site) -> None:
    """Raise ConfigError, naming all that are taken or wanted twice."""
    problems: list[str] = []
    wanted: dict[int, str] = {}
    for port, who, setting in _wanted(site):
        if port in wanted:
            problems.append(f"{port} is wanted by {wanted[port]} and by {who} (set {setting})")
        elif is_taken(port):
            problems.append(f"{port}, wanted by {who}, is taken (set {setting} to another)")
        wanted[port] = who
    if problems:
        raise ConfigError(
            "Ports on " + HOST + ":\n  " + "\n  ".join(problems) + "\n"
            "Is another deploy/up, or an application of yours, listening there?"
        )


def _wanted(site: Site) -> list[tuple[int, str, str]]:
    ports = site.ports
    public = [
        (ports.notifications, "the route where stores post", "SN_NOTIFICATIONS_PORT"),
        (ports.charts, "the charts API", "SN_CHARTS_PORT"),
        (ports.api, "your backend's API", "SN_API_PORT"),
        (ports.kafka, "Kafka", "SN_KAFKA"),
    ]
    private = [
        (port, f"{name} (private)", "SN_PRIVATE_PORTS")
        for name, port in private_ports(site).items()
    ]
    return public + private


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT is no listener
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    with socket.socket() as caller:  # who listens on every address leaves this one free to bind
        caller.settimeout(1)
        return caller.connect_ex((HOST, port)) == 0
