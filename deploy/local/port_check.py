"""Looks at every port before anything starts: a taken one is named, with who wants it and the setting."""

import socket

from deploy.local.programs import private_ports
from deploy.local.site import HOST, Site
from streams.contracts.errors import ConfigError

_ROW = "SN_PRIVATE_PORTS"
_FEW = 2  # private ports that are named each: they stand in a row, and one setting moves all


def check_ports(site: Site) -> None:
    """Raise ConfigError, naming all that are taken or wanted twice."""
    problems: list[str] = []
    wanted: dict[int, str] = {}
    private: list[str] = []
    for port, who, setting in _wanted(site):
        if port in wanted:
            problems.append(f"{port} is wanted by {wanted[port]} and by {who} (set {setting})")
        elif is_taken(port):
            told = f"{port}, wanted by {who}, is taken"
            (private if setting == _ROW else problems).append(f"{told} (set {setting} to another)")
        wanted[port] = who
    problems += private if len(private) <= _FEW else [_many(private)]
    if problems:
        raise ConfigError(
            "Ports on " + HOST + ":\n  " + "\n  ".join(problems) + "\n"
            "Is another deploy/up, or an application of yours, listening there?"
        )


def _many(private: list[str]) -> str:
    return f"{len(private)} of the private ports are taken, {private[0]}"


def _wanted(site: Site) -> list[tuple[int, str, str]]:
    ports = site.ports
    public = [
        (ports.notifications, "the route where stores post", "SN_NOTIFICATIONS_PORT"),
        (ports.charts, "the charts API", "SN_CHARTS_PORT"),
        (ports.api, "your backend's API", "SN_API_PORT"),
        (ports.kafka, "Kafka", "SN_KAFKA"),
    ]
    private = [(port, f"{name} (private)", _ROW) for name, port in private_ports(site).items()]
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
