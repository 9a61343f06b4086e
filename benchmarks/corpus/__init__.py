"""Made-up agent transcripts in known amounts, and the truth about them.

    truth = write_corpus(folder, mix=MIXES["claude"], sessions=2_000, size=200_000_000, seed=1)

writes `folder/claude` (what CLAUDE_CONFIG_DIR would name), `folder/codex` (CODEX_HOME) and `folder/truth.json`.
The same arguments write the same bytes and the same file times.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.corpus.claude import MODELS, ClaudeFile, slug, uuid
from benchmarks.corpus.codex import CodexFile
from benchmarks.corpus.mixes import MIXES, Mix
from benchmarks.corpus.text import text
from benchmarks.corpus.truth import Copy, Ledger, SessionTruth

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CLAUDE", "CODEX", "MIXES", "Mix", "write_corpus"]

CLAUDE, CODEX = "claude-code", "codex"
END_MS = 1_763_700_000_000
"""2025-11-21T04:40:00Z: when the newest session of every corpus moved last."""
_DAY_MS = 86_400_000
_PROJECTS = tuple(f"/home/dev/{name}".encode() for name in ("shop", "api.v2", "reporting", "site", "infra_as_code"))
_SMALLEST = 1_500


def write_corpus(folder: Path, *, mix: Mix, sessions: int, size: int, seed: int = 1) -> dict[str, Any]:
    """Write about `size` bytes in `sessions` top sessions; returns what stands in the truth file.

    Subagents come on top of the number of sessions, but their bytes are within `size`.
    """
    rng = random.Random(seed)
    corpus = _Corpus(folder=folder, mix=mix, rng=rng)
    # A few sessions hold most of the bytes, as on a real disk.
    weights = [min(rng.paretovariate(1.2), 60.0) for _ in range(sessions)]
    scale = size / sum(weights)
    at, wanted = 0, 0.0
    while at < sessions:
        # What one session writes beyond its share, the next ones give back.
        wanted += weights[at] * scale
        corpus.budget = max(_SMALLEST, int(wanted) - corpus.bytes)
        written = corpus.write_one(sessions - at)
        wanted += sum(weights[at + 1 : at + written]) * scale
        at += written
    corpus.write_strays()
    truth = {
        "sessions_asked": sessions,
        "seed": seed,
        "files": corpus.files,
        "lines": corpus.line_count,
        "bytes": corpus.bytes,
        **corpus.ledger.as_dict(),
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    return truth


@dataclass(slots=True, kw_only=True)
class _Corpus:
    """Where files go, and what has been counted so far."""

    folder: Path
    mix: Mix
    rng: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    files: int = 0
    line_count: int = 0
    bytes: int = 0
    budget: int = 0

    def write_one(self, left: int) -> int:
        """One session, or a family of forks of at most `left`; the number of sessions written."""
        rng = self.rng
        if rng.random() < self.mix.codex:
            return self._codex(left)
        if left > 1 and rng.random() < self.mix.forks / 2:
            return self._claude_family(min(left, rng.randrange(2, 5)))
        file = self._claude_file()
        self._fill(file, self.budget)
        session = self.ledger.session(CLAUDE, file.session_id.decode())
        self.ledger.count(session, file.responses())
        self._write_claude(file)
        return 1

    def write_strays(self) -> None:
        """What lies beside transcripts and is no session: an empty file, foreign summaries, a note."""
        folder = self.folder / "claude" / "projects" / slug(_PROJECTS[0])
        folder.mkdir(parents=True, exist_ok=True)
        summary = b'{"type":"summary","summary":"Of another session","leafUuid":"%b"}\n' % uuid(self.rng)
        for name, data in (
            (f"{uuid(self.rng).decode()}.jsonl", b""),
            (f"{uuid(self.rng).decode()}.jsonl", summary),
            ("notes.txt", b"not a transcript\n"),
        ):
            (folder / name).write_bytes(data)
            _set_time(folder / name, END_MS - 60 * _DAY_MS)

    # Claude Code

    def _claude_file(self) -> ClaudeFile:
        rng = self.rng
        # Most work is recent; a session began some hours before it moved last.
        began = END_MS - int(min(rng.expovariate(1 / 12), 60) * _DAY_MS) - rng.randrange(_DAY_MS)
        return ClaudeFile(
            rng=rng,
            mix=self.mix,
            session_id=uuid(rng),
            cwd=rng.choice(_PROJECTS),
            now_ms=began,
            branch=rng.choice((b"main", b"fix/login", b"feature/export")),
            bare=rng.random() < self.mix.bare,
            hour_cache=rng.random() < 0.4,
            models=tuple(rng.sample(MODELS, rng.choice((1, 1, 1, 2)))),
        )

    def _fill(self, file: ClaudeFile, until: int) -> None:
        """Exchanges until the file has that many bytes, its subagents included."""
        rng = self.rng
        spawned = 0
        with_agents = file.agent is None and rng.random() < self.mix.agents
        while file.size + spawned < until:
            room = until - file.size - spawned
            file.exchange(rng.randrange(1, 9) if room > 20_000 else 1 if room > 5_000 else 0)
            if rng.random() < 0.02:
                file.api_error()
            if with_agents and room > 8_000 and rng.random() < 0.5:
                spawned += self._agent(file, min(room // 2, 400_000))
        if rng.random() < 0.3:
            file.title(text(rng, 30))

    def _agent(self, parent: ClaudeFile, size: int) -> int:
        """A subagent of any of the layouts; the bytes of its file, if it has one."""
        rng = self.rng
        layout = rng.choice(("folder", "folder", "beside", "inline", "workflow", "warmup", "compact"))
        if layout == "inline":
            parent.sidechain = True
            parent.exchange(1)
            parent.sidechain = False
            return 0
        agent_id = {
            "beside": b"%08x" % rng.getrandbits(32),
            "compact": b"acompact-%06x" % rng.getrandbits(24),
        }.get(layout, b"a%016x" % rng.getrandbits(64))
        file = ClaudeFile(
            rng=rng,
            mix=self.mix,
            session_id=parent.session_id,
            cwd=parent.cwd,
            now_ms=parent.now_ms,
            agent=agent_id,
            version=b"2.0.42" if layout == "beside" else parent.version,
            branch=parent.branch,
            bare=parent.bare,
            hour_cache=parent.hour_cache,
            models=parent.models,
        )
        if layout == "warmup":
            file.prompt(b"Warmup")
            file.assistant(tool=False)
        else:
            self._fill(file, size)
        session_id = parent.session_id.decode()
        base = self.folder / "claude" / "projects" / slug(parent.cwd)
        if layout == "beside":
            path = base / f"agent-{agent_id.decode()}.jsonl"
        elif layout == "workflow":
            path = base / session_id / "subagents" / "workflows" / "wf_1" / f"agent-{agent_id.decode()}.jsonl"
            _note_in_journal(path.parent, agent_id, file.now_ms)
        else:
            path = base / session_id / "subagents" / f"agent-{agent_id.decode()}.jsonl"
        # A warm-up is no session of its own: its spend is its parent's.
        native_id = session_id if layout == "warmup" else f"agent-{agent_id.decode()}"
        # A workflow is a Flow run in its own right: what its agents spent is its own.
        spender = f"{session_id}/wf_1" if layout == "workflow" else session_id
        session = self.ledger.session(CLAUDE, native_id, None if layout == "warmup" else spender)
        self.ledger.count(session, file.responses())
        self._write(path, file.data(), file.now_ms, len(file.lines))
        if layout == "folder":
            path.with_suffix(".meta.json").write_bytes(b'{"agentType":"general-purpose","description":"Look around"}')
            call = parent.assistant(tool=True)
            parent.tool_result(call, agent_id)
        return file.size

    def _claude_family(self, count: int) -> int:
        """A session and its forks: of all of it or a part, of one another, with and without work of their own."""
        rng = self.rng
        first = self._claude_file()
        first.bare = False
        share = self.budget // (count + 1)
        self._fill(first, max(share, _SMALLEST))
        family = [first]
        while len(family) < count:
            origin = rng.choice(family)
            whole = rng.random() < 0.6
            keep = len(origin.lines) if whole else rng.randrange(2, len(origin.lines) + 1)
            copy = origin.fork(uuid(rng), keep, rng)
            if rng.random() < 0.85:
                self._fill(copy, copy.size + max(share, _SMALLEST))
            family.append(copy)
        if rng.random() < 0.3:
            # The original goes on hours after it was copied.
            first.now_ms += 40 * 3_600_000
            self._fill(first, first.size + share)
        self.ledger.count_family(
            CLAUDE,
            [
                Copy(native_id=file.session_id.decode(), records=file.records(), responses=file.responses())
                for file in family
            ],
        )
        for file in family:
            self.ledger.session(CLAUDE, file.session_id.decode())
            self._write_claude(file)
        return count

    def _write_claude(self, file: ClaudeFile) -> None:
        path = self.folder / "claude" / "projects" / slug(file.cwd) / f"{file.session_id.decode()}.jsonl"
        torn = self.rng.random() < self.mix.torn
        bom = self.rng.random() < self.mix.alien
        self._write(path, file.data(torn=torn, bom=bom), file.now_ms, len(file.lines))

    # Codex

    def _codex(self, left: int) -> int:
        file = self._codex_file()
        file.begin()
        self._fill_codex(file, self.budget)
        self._write_codex(file)
        if left == 1 or self.rng.random() >= self.mix.forks + self.mix.agents:
            return 1
        other = self._codex_file(file)
        if self.rng.random() < 0.5:
            other.begin(forked_from=file.thread_id)
            other.copy_of(file)
            self._fill_codex(other, other.size + self.budget // 3)
            self._write_codex(other)
        else:
            other.begin(spawned_by=file.thread_id)
            self._fill_codex(other, self.budget // 3)
            self._write_codex(other, parent=file.thread_id.decode())
        return 2

    def _codex_file(self, parent: CodexFile | None = None) -> CodexFile:
        rng = self.rng
        if parent is not None:
            now_ms, paginated, cwd = parent.now_ms + 600_000, parent.paginated, parent.cwd
        else:
            now_ms = END_MS - int(min(rng.expovariate(1 / 12), 60) * _DAY_MS) - rng.randrange(_DAY_MS)
            paginated, cwd = rng.random() < 0.5, rng.choice(_PROJECTS)
        return CodexFile(rng=rng, mix=self.mix, thread_id=uuid(rng), cwd=cwd, now_ms=now_ms, paginated=paginated)

    def _fill_codex(self, file: CodexFile, until: int) -> None:
        file.exchange(1)
        while file.size < until:
            room = until - file.size
            file.exchange(self.rng.randrange(1, 9) if room > 20_000 else 1)

    def _write_codex(self, file: CodexFile, parent: str | None = None) -> None:
        session: SessionTruth = self.ledger.session(CODEX, file.thread_id.decode(), parent)
        self.ledger.count(session, file.responses)
        day = file.lines[0][14:33].decode()
        name = f"rollout-{day.replace(':', '-')}-{file.thread_id.decode()}.jsonl"
        path = self.folder / "codex" / "sessions" / day[:4] / day[5:7] / day[8:10] / name
        self._write(path, file.data(torn=self.rng.random() < self.mix.torn), file.now_ms, len(file.lines))

    def _write(self, path: Path, data: bytes, moved_ms: int, lines: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        _set_time(path, moved_ms)
        self.files += 1
        self.line_count += lines
        self.bytes += len(data)


def _note_in_journal(run: Path, agent_id: bytes, moved_ms: int) -> None:
    """A workflow's own record of its agents, without which nobody would know of the workflow."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "journal.jsonl").open("ab") as journal:
        for kind in (b"started", b"result"):
            journal.write(b'{"type":"%b","key":"v2:%b","agentId":"%b"}\n' % (kind, agent_id, agent_id))
    _set_time(run / "journal.jsonl", moved_ms)


def _set_time(path: Path, moved_ms: int) -> None:
    os.utime(path, ns=(moved_ms * 1_000_000, moved_ms * 1_000_000))
