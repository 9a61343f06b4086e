"""`python -m benchmarks [F1 F6 ...] [--out FOLDER]`: measure the figures, print the table, keep the results as JSON.

Each figure is measured in a process of its own, one after the other, so that none stands in another's memory. It is a
module with `measure(work: Path) -> Sequence[Measurement]`; `work` is a folder that all of one run share.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.figure import Measurement
from benchmarks.machine import Machine, describe
from benchmarks.table import print_table

RESULTS = Path(__file__).parent / "results"
LONGEST_S = 240.0
"""A figure that takes longer is stuck; the others are still measured."""


class Entry(NamedTuple):
    module: str
    about: str


FIGURES: dict[str, Entry] = {
    "F1": Entry("first_row", "first row on screen, nothing indexed yet"),
    "F2": Entry("full_index", "full index of 2,000 sessions, 200 MB"),
    "F2L": Entry("large", "memory while 1 GB is indexed, and one transcript of 500 MB"),
    "F3": Entry("restart", "restart with nothing changed"),
    "F4": Entry("append", "line appended to a transcript -> pixels"),
    "F5": Entry("live", "commit at the server -> pixels"),
    "F6": Entry("list_scrolling", "scrolling a loaded list"),
    "F7": Entry("list_changes", "one row changed or moved among 50,000"),
    "F8": Entry("start", "process start -> first painted window"),
    "F9": Entry("memory", "memory of the window and of the server"),
    "F10": Entry("paging", "first and hundredth page at 1 million sessions"),
    "F11": Entry("fan_out", "500 streams, 200 changes a second"),
    "F12": Entry("reading", "transcript of 5,000 messages, 50 MB"),
    "F13": Entry("totals", "cost and token totals against a known truth"),
    "F14": Entry("idle", "idle: window open, nothing happens"),
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in `results/F4.json`."""

    figure: str
    about: str
    at: str
    seconds: float
    machine: Machine
    measurements: list[Measurement]
    failure: str | None = None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the figures.")
    parser.add_argument("figures", nargs="*", metavar="F1", type=str.upper, help="all of them without any")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the JSON results")
    parser.add_argument("--inside", nargs=2, type=Path, metavar=("WORK", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    asked: list[str] = options.figures or list(FIGURES)
    if unknown := [name for name in asked if name not in FIGURES]:
        parser.error(f"no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    if options.inside is not None:
        return _inside(asked[0], *options.inside)
    work = Path(tempfile.mkdtemp(prefix="parrot-benchmarks-"))
    try:
        results = [_measure(name, work, options.out) for name in asked]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print_table([(result.figure, result.about, result.measurements, result.failure) for result in results])
    print(results[-1].machine)
    met = all(line.met for result in results for line in result.measurements if line.judged)
    return 0 if met and not any(result.failure for result in results) else 1


def _measure(name: str, work: Path, out: Path) -> Result:
    """Measure one figure in a process of its own."""
    entry, machine = FIGURES[name], describe()
    print(f"{name}: {entry.about} ...", file=sys.stderr, flush=True)
    found = work / f"{name}.json"
    started = time.monotonic()
    failure: str | None = None
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "benchmarks", name, "--inside", str(work), str(found)],
            timeout=LONGEST_S,
            check=False,
            capture_output=True,
            text=True,
        )
        if ended.returncode != 0:
            failure = (ended.stderr or ended.stdout).strip()[-2000:] or f"ended with {ended.returncode}"
    except subprocess.TimeoutExpired:
        failure = f"not done within {LONGEST_S:g} s"
    measurements = msgspec.json.decode(found.read_bytes(), type=list[Measurement]) if found.exists() else []
    result = Result(
        figure=name,
        about=entry.about,
        at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds=round(time.monotonic() - started, 1),
        machine=machine,
        measurements=measurements,
        failure=failure,
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return result


def _inside(name: str, work: Path, out: Path) -> int:
    module = importlib.import_module(f"benchmarks.{FIGURES[name].module}")
    out.write_bytes(msgspec.json.encode(list(module.measure(work))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
