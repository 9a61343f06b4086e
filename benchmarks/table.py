"""The table of figures, for a terminal and for `docs/benchmarks.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figure import Measurement

Section = tuple[str, str, "Sequence[Measurement]", "str | None"]
"""A figure's name, what it is about, its lines, and why it failed, if it did."""

HEAD = ("figure", "measured", "goal", "median", "p99", "")


def rows(sections: Iterable[Section]) -> list[tuple[str, ...]]:
    """One row a measurement, in `HEAD`'s columns."""
    found: list[tuple[str, ...]] = []
    for name, about, lines, failure in sections:
        if failure is not None:
            found.append((name, about, "", "", "", "failed"))
        for line in lines:
            verdict = "" if not line.judged else "met" if line.met else "MISSED"
            p99 = "" if line.p99 is None else f"{line.p99:,.3g}"
            found.append((name, line.what, _goal(line), f"{_short(line.median)} {line.unit}", p99, verdict))
    return found


def print_table(sections: Iterable[Section]) -> None:
    """Columns aligned for a terminal, then what went wrong."""
    sections = list(sections)
    table = [HEAD, *rows(sections)]
    widths = [max(len(row[at]) for row in table) for at in range(len(HEAD))]
    for number, row in enumerate(table):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    for name, _, _, failure in sections:
        if failure is not None:
            print(f"\n{name} failed:\n{failure}")


def markdown(sections: Iterable[Section]) -> str:
    """The same as a table of Markdown."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows(sections)]
    return "\n".join(lines)


def worst(lines: Iterable[Measurement]) -> list[Measurement]:
    """Of all lines that have one goal the one that is nearest to it, or misses it by most."""
    by_goal: dict[tuple[str, str], Measurement] = {}
    for line in lines:
        key = (str(line.limit), line.unit)
        if line.judged and (key not in by_goal or line.share > by_goal[key].share):
            by_goal[key] = line
    return list(by_goal.values())


def _goal(line: Measurement) -> str:
    limit = line.limit
    if not line.judged:
        return ""
    if limit.text is not None:
        return limit.text
    single = line.p99 is None and limit.p99 is None
    return f"< {limit.median:g} {line.unit}" if single else f"{limit} {line.unit}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
