"""`python -m benchmarks.docs`: put the last results of every figure into `docs/benchmarks.md`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from benchmarks.__main__ import FIGURES, RESULTS, Result
from benchmarks.table import markdown

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: python -m benchmarks.docs -->", "<!-- end of table -->"


def last_results(folder: Path = RESULTS) -> list[Result]:
    """What was measured last, in the figures' order."""
    paths = [folder / f"{name}.json" for name in FIGURES]
    return [msgspec.json.decode(path.read_bytes(), type=Result) for path in paths if path.exists()]


def main() -> int:
    results = last_results()
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        print(f"{PAGE} has no place for the table: {BEGIN} ... {END}", file=sys.stderr)
        return 1
    machine = results[-1].machine
    loads = sorted(result.machine.load for result in results)
    table = markdown([(result.figure, result.about, result.measurements, result.failure) for result in results])
    where = (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb:.0f} GB, {machine.os}, Python {machine.python}, "
        f"Qt {machine.qt}, SQLite {machine.sqlite}; {results[-1].at[:10]}, commit {machine.commit}. Load of "
        f"the machine when each figure's turn came: {loads[0]:.1f} to {loads[-1]:.1f}."
    )
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{where}\n{END}{after}", encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
