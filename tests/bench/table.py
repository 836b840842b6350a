"""What benchmarks share: what they are asked, a table, and the CPU time of a function."""

import gc
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

_SAMPLES = 15
_SAMPLE_SECONDS = 0.08


def asked(text: str | None) -> ArgumentParser:
    """`--help` says what the benchmark's docstring does, and starts nothing."""
    return ArgumentParser(description=text, formatter_class=RawDescriptionHelpFormatter)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def microseconds(call: Callable[[], object]) -> float:
    """CPU time of one call: median of samples, garbage collection off inside a sample."""
    call()
    started = time.process_time()
    call()
    once = max(time.process_time() - started, 1e-7)
    times = max(1, int(_SAMPLE_SECONDS / once))
    return median(_sample(call, times) for _ in range(_SAMPLES)) / times * 1e6


def _sample(call: Callable[[], object], times: int) -> float:
    gc.disable()
    started = time.process_time()
    for _ in range(times):
        call()
    spent = time.process_time() - started
    gc.enable()
    return spent
