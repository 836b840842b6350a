"""The supervisor: a child that ends is started again, it alone, with a longer wait each time that it fails.

One supervisord, configured anew at each start from programs.py, asked over a Unix socket that only
this user can open. It has a session of its own, so Ctrl-C reaches nobody but deploy/up, which ends
everything in order: the roles first, all at once, then the broker.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.local.orphans import end_orphans, orphans
from deploy.local.programs import BROKER, Program
from deploy.local.site import ROOT, Site
from streams.contracts.errors import ConfigError, TransientError

_ROLES = "roles"
_STOP = 20  # seconds that a child may take before it is killed
_RETRIES = 1_000_000  # never given up: the wait grows by a second with each failure
_OWN_LOG = 16 * 1024  # characters: all roles may end at once, many times
_SOCKET_PATH_MAX = 100  # bytes: what macOS allows, and a little less

_HEAD = """\
[supervisord]
nodaemon=true
silent=true
directory={root}
logfile={log}/supervisord.log
logfile_maxbytes=5MB
pidfile={run}/supervisord.pid
childlogdir={log}
minfds=4096
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[group:roles]
programs={roles}
priority=20
"""
_PROGRAM = """
[program:{name}]
command={command}
environment=SN_HEALTH_PORT="{health_port}"
autostart=false
autorestart=true
startsecs=10
startretries={retries}
stopwaitsecs={stop}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
priority=10
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """`state`: supervisor's word: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL, STOPPING."""

    name: str
    state: str
    pid: int

    @property
    def failing(self) -> bool:
        """It ended too soon after its start."""
        return self.state in {"BACKOFF", "FATAL"}


class Supervisor:
    """Of one site. `start` returns when it can be asked; it starts no child by itself."""

    def __init__(self, site: Site, programs: Sequence[Program]) -> None:
        self._site = site
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        for folder in (self._site.run, self._site.log):
            folder.mkdir(parents=True, exist_ok=True)
        config = self._site.run / "supervisord.conf"
        config.write_text(self._config())
        with (self._site.log / "supervisord.out").open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
                cwd=ROOT,
                env=self._site.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._wait_until_it_answers(time.monotonic() + 20)

    def start_child(self, name: str) -> None:
        """Asked to run; whether it is ready is another question."""
        _call(self._site, "startProcess", self._full(name), False)

    def stop_child(self, name: str) -> None:
        """Asked to end, and not started again until `start_child`."""
        _call(self._site, "stopProcess", self._full(name))

    def children(self) -> dict[str, Child]:
        """Raise TransientError when the supervisor is there no more."""
        return {info["name"]: _child(info) for info in self._ask("getAllProcessInfo")}

    def stop(self) -> None:
        """Roles, then the broker, then the supervisor itself; its children too when it was killed. Does
        nothing when it was not started."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        end_orphans(socket_path(self._site))
        self._process = None

    def log_file(self, name: str) -> Path:
        return self._site.log / f"{name}.log"

    def own_log(self) -> str:
        """The end of what the supervisor itself has to tell."""
        return str(self._ask("readLog", -_OWN_LOG, 0))

    def _ask(self, method: str, *arguments: object) -> Any:
        try:
            return _call(self._site, method, *arguments)
        except OSError as error:
            raise TransientError(
                "The supervisor has ended: somebody killed it, or memory ran out. Everything that it"
                " looked after was stopped. Start deploy/up again: the data stay."
            ) from error

    def _full(self, name: str) -> str:
        return name if name == BROKER else f"{_ROLES}:{name}"

    def _wait_until_it_answers(self, deadline: float) -> None:
        while not self._answers():
            out = self._site.log / "supervisord.out"
            if self._process is None or self._process.poll() is not None:
                raise ConfigError(f"the supervisor ended at once: {out.read_text().strip()[-400:]}")
            if time.monotonic() > deadline:
                self.stop()
                raise ConfigError(f"the supervisor did not answer within 20 s; see {out}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(_call(self._site, "getState")["statename"] == "RUNNING")
        except (OSError, Fault):
            return False

    def _config(self) -> str:
        roles = ",".join(program.name for program in self._programs if program.name != BROKER)
        head = _HEAD.format(
            root=_plain(ROOT),
            log=_plain(self._site.log),
            run=_plain(self._site.run),
            socket=_plain(socket_path(self._site)),
            roles=roles,
            user="user=root" if os.geteuid() == 0 else "",
        )
        return head + "".join(self._section(program) for program in self._programs)

    def _section(self, program: Program) -> str:
        return _PROGRAM.format(
            name=program.name,
            command=" ".join(_quoted(part) for part in program.command),
            health_port=program.health_port,
            retries=_RETRIES,
            stop=_STOP,
            log=_plain(self._site.log),
        )


def socket_path(site: Site) -> Path:
    """In the run folder, or, where that path is too long for a socket, in the system's own."""
    path = site.run / "supervisor.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX:
        return path
    name = sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"store-notifications-{name}.sock"


def is_left_over(site: Site) -> bool:
    """Whether a supervisor still runs that a killed deploy/up left behind, or children of a killed one."""
    return _listens(site) or bool(orphans(socket_path(site)))


def end_left_over(site: Site) -> None:
    """Returns when it and its children have ended."""
    if _listens(site):
        _call(site, "shutdown")
        deadline = time.monotonic() + 3 * _STOP
        # It removes the file as the last thing.
        while socket_path(site).exists() and time.monotonic() < deadline:
            time.sleep(0.1)
    end_orphans(socket_path(site))


def _listens(site: Site) -> bool:
    if not socket_path(site).exists():
        return False
    try:
        return bool(_call(site, "getPID"))
    except (OSError, Fault):
        return False  # nobody listens behind the file


def _call(site: Site, method: str, *arguments: object) -> Any:
    transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_path(site)}")
    with ServerProxy("http://localhost", transport=transport) as proxy:
        return getattr(proxy.supervisor, method)(*arguments)


def _child(info: dict[str, Any]) -> Child:
    return Child(name=info["name"], state=info["statename"], pid=info["pid"])


def _plain(path: Path) -> str:
    """`%` begins an expansion in supervisor's file."""
    return str(path).replace("%", "%%")


def _quoted(part: str) -> str:
    escaped = part.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
