"""`python -m benchmarks.docs`: put the last results of every figure into `docs/benchmarks.md`, the worst of each into
`README.md`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from benchmarks.__main__ import FIGURES, RESULTS, Result
from benchmarks.table import markdown, worst

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- table: python -m benchmarks.docs -->", "<!-- end of table -->"


def last_results(folder: Path = RESULTS) -> list[Result]:
    """What was measured last, in the figures' order."""
    paths = [folder / f"{name}.json" for name in FIGURES]
    return [msgspec.json.decode(path.read_bytes(), type=Result) for path in paths if path.exists()]


def main() -> int:
    results = last_results()
    machine = results[-1].machine
    loads = sorted(result.machine.load for result in results)
    starts = sorted(result.machine.start_ms for result in results)
    hardware = f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:.0f} GB, {machine.os}"
    software = f"Python {machine.python}, Qt {machine.qt}, SQLite {machine.sqlite}"
    when = (
        f"{results[-1].at[:10]}, commit {machine.commit}. Load of the machine when each figure's turn came: "
        f"{loads[0]:.1f} to {loads[-1]:.1f}; a small Python "
        f"(`benchmarks/machine.py`) started in {starts[0]:.0f} to {starts[-1]:.0f} ms."
    )
    whole = [(result.figure, result.about, result.measurements, result.failure) for result in results]
    short = [(result.figure, result.about, worst(result.measurements), result.failure) for result in results]
    _put(ROOT / "docs" / "benchmarks.md", f"{markdown(whole)}\n\n{hardware}, {software}; {when}")
    _put(ROOT / "README.md", f"{markdown(short)}\n\n{hardware}; {results[-1].at[:10]}.")
    return 0


def _put(page: Path, text: str) -> None:
    """Set the page's text between the marks. Raises LookupError where it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LookupError(f"{page} has no place for the table: {BEGIN} ... {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    print(page)


if __name__ == "__main__":
    sys.exit(main())
