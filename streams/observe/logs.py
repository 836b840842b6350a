"""Structured logs on stderr, one line an event. A secret or a body never gets into one.

The last step before rendering masks: values of type Secret, bytes (a body is bytes), and whatever
stands under a key that names a secret. Libraries that log by the standard way take the same path.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from streams.observe import clock
from streams.observe.repeats import Repeats
from streams.settings.secret import Secret

Format = Literal["json", "console"]
MASK = "***"
SECRET_KEYS = frozenset(
    {
        "authorization",
        "body",
        "cookie",
        "credentials",
        "password",
        "private_key",
        "secret",
        "secrets",
        "signature",
        "signed_payload",
        "signed_transaction",
        "stripe-signature",
        "token",
        "tokens",
    }
)
_SECRET_ENDINGS = ("_key_pem", "_password", "_secret", "_token")
# Libraries that tell of every connection at INFO, and of every record's bytes at DEBUG: never here.
_KAFKA = ("aiokafka", "kafka")
_CHATTY = (*_KAFKA, "asyncio", "aiohttp", "faust", "mode")


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that keeps what must not be shown out of a log line."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: object, value: object) -> object:
    if isinstance(value, Secret) or _names_a_secret(str(name).lower()):
        return MASK
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {str(key): _masked(key, part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(None, part) for part in value]
    return value


def _names_a_secret(name: str) -> bool:
    return name in SECRET_KEYS or name.endswith(_SECRET_ENDINGS)


def configure(role: str, level: str = "INFO", format: Format = "json") -> None:  # noqa: A002 - the setting's own name
    """Send every log of this process, the libraries' too, to stderr as `format`."""
    shared = _processors(role)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(shared, format))
    handler.addFilter(Repeats(_CHATTY))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def hush_libraries() -> None:
    """For a command that ends with one error of ours, which says what Kafka's library's lines would: only
    at DEBUG are these there too. Call it after `configure`. They are logged all the same, and not
    shown: streams.kafka.refusals reads in them why a broker was not reached. What asyncio tells of is
    said by nobody else."""
    root = logging.getLogger()
    if root.level > logging.DEBUG:
        for handler in root.handlers:
            handler.addFilter(_is_shown)


def _is_shown(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL or record.name.partition(".")[0] not in _KAFKA


def _processors(role: str) -> list[Processor]:
    def stamp(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"ts": clock.now().isoformat(timespec="milliseconds"), "role": role, **event}

    return [
        structlog.contextvars.merge_contextvars,
        stamp,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]


def _formatter(shared: list[Processor], format: Format) -> logging.Formatter:  # noqa: A002 - see configure
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        mask,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if format == "console"
        else structlog.processors.JSONRenderer(default=str),
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)
