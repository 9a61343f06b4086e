"""F13: what the server adds up, against the truth, to the micro-dollar."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

from benchmarks.corpus import CLAUDE, CODEX, MIXES, write_corpus
from benchmarks.figure import Limit, Measurement
from benchmarks.servers import serve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.servers import Server

SESSIONS, SIZE = 250, 12_000_000
ORDERS = 2
"""Each corpus is indexed so many times, its files read in another order each time."""
_TOKENS = ("input", "output", "cache_read", "cache_write")
_BASES = ("priced", "estimated", "unpriced", "unknown")


def measure(work: Path) -> Sequence[Measurement]:
    return [_mix(work / "totals" / name, name) for name in MIXES if name != "huge"]


def _mix(folder: Path, name: str) -> Measurement:
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    truth = write_corpus(corpus, mix=MIXES[name], sessions=SESSIONS, size=SIZE, seed=len(name))
    worst, off, told = 0, 0, dict[str, Any]()
    for order in range(ORDERS):
        shuffle_times(corpus, order)
        with serve(folder / f"data-{order}", sources=tool_folders(corpus)) as server:
            server.wait_indexed()
            difference, wrong = compare(server, truth)
        worst, off = max(worst, difference), off + len(wrong)
        told |= {f"order {order}: {each}": wrong[each] for each in list(wrong)[:5]}
    return Measurement(
        what=f"mix {name}: sum of the differences, {SESSIONS} sessions, {ORDERS} orders",
        unit="micro-dollars",
        limit=Limit(median=0, text="exact"),
        median=worst if worst else float(bool(off)),
        detail={
            "truth_micros": truth["total"]["micros"],
            "turns": truth["total"]["turns"],
            "sessions_off": off,
            **told,
        },
    )


def tool_folders(corpus: Path) -> dict[str, Path]:
    """What `serve` is given as sources: the tools' folders that the corpus has."""
    folders = {CLAUDE: corpus / "claude", CODEX: corpus / "codex"}
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def shuffle_times(corpus: Path, seed: int) -> None:
    """Deal the files' modification times anew: the index reads the newest first."""
    files = sorted(path for path in corpus.rglob("*.jsonl"))
    times = [path.stat().st_mtime_ns for path in files]
    random.Random(seed).shuffle(times)
    for path, moved_ns in zip(files, times, strict=True):
        os.utime(path, ns=(moved_ns, moved_ns))


def compare(server: Server, truth: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """The sum of the differences in micro-dollars over all sessions, and what is wrong, by session."""
    wrong: dict[str, str] = {}
    rows = all_rows(server)
    shown = {(row["source"], row["native_id"]): row for row in rows}
    difference = 0
    for source, sessions in truth["sessions"].items():
        for native_id, entry in sessions.items():
            if "tree" not in entry:
                continue
            tree, row = entry["tree"], shown.pop((source, native_id), None)
            if row is None:
                wrong[native_id] = "is not in the list"
                difference += tree["micros"]
                continue
            difference += abs(row["cost"]["micros"] - tree["micros"])
            if problem := _row_problem(row, tree) or _tokens_problem(server, row, entry):
                wrong[native_id] = problem
    wrong.update({native_id: "is no session" for _, native_id in shown})
    summed = server.get("/v1/sessions/summary")["cost"]["micros"]
    if summed != truth["total"]["micros"]:
        wrong["summary"] = f"{summed} micros, not {truth['total']['micros']}"
        difference += abs(summed - truth["total"]["micros"])
    return difference, wrong


def all_rows(server: Server) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = server.get("/v1/sessions", limit=200, **cursor)
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def _row_problem(row: dict[str, Any], tree: dict[str, int]) -> str | None:
    cost = row["cost"]
    differing = [f"{name} {cost[name]}, not {tree[name]}" for name in ("micros", *_BASES) if cost[name] != tree[name]]
    return "; ".join(differing) or None


def _tokens_problem(server: Server, row: dict[str, Any], entry: dict[str, Any]) -> str | None:
    detail = server.get(f"/v1/sessions/{row['id']}")
    own = entry["own"]
    differing = [
        f"own {name} tokens {detail['tokens'][name]}, not {own[name]}"
        for name in _TOKENS
        if detail["tokens"][name] != own[name]
    ]
    if detail["own_cost"]["micros"] != own["micros"]:
        differing.append(f"own micros {detail['own_cost']['micros']}, not {own['micros']}")
    return "; ".join(differing) or None
