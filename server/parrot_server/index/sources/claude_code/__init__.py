"""Claude Code: transcripts under ``projects/``, one file a session; subagents beside or below; who lives.

Layout and rules: ``$CLAUDE_CONFIG_DIR`` or ``~/.claude``::

    projects/<slug>/<session>.jsonl
    projects/<slug>/agent-<id>.jsonl                                         subagents in 2.0
    projects/<slug>/<session>/subagents/agent-<id>.jsonl, .meta.json         subagents since 2.1
    projects/<slug>/<session>/subagents/workflows/<run>/agent-<id>.jsonl, journal.jsonl
    projects/<slug>/<session>/workflows/<run>.json
    sessions/<pid>.json

Native ids: a session's is its file's name (a fork keeps the session ids of the lines it copied), a subagent's
``<session>/agent-<id>``, a workflow's ``<session>/<run>``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from parrot_server.index.appended import AppendedReader, unit_at
from parrot_server.index.document import DocumentReader, load
from parrot_server.index.jsonl import Lines
from parrot_server.index.scanning import files_below
from parrot_server.index.sources.base import Asked, Evidence, Tool, Unit
from parrot_server.index.sources.claude_code import workflows
from parrot_server.index.sources.claude_code.fold import NAME, ClaudeFold, Role, agent_native_id
from parrot_server.index.sources.claude_code.lines import Line
from parrot_server.index.sources.claude_code.live import Registry
from parrot_server.index.sources.claude_code.messages import ClaudeTranscript, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parrot_server.index.sources.base import Reader, Transcript
    from parrot_server.store.local import FileState, SessionFacts
    from parrot_wire.answers import SourceProblem

_VERSION = 1
_FIRST_BYTES = 64 << 10
_lines = Lines(Line)


class _Is(Enum):
    SESSION = auto()
    AGENT = auto()
    RUN = auto()
    JOURNAL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What a file is, by where it lies. ``session`` is empty for a subagent that lies beside its session."""

    kind: _Is
    projects: Path
    slug: str
    session: str
    name: str
    """The session, the agent's id, or the run."""
    run: str = ""

    @property
    def project(self) -> Path:
        return self.projects / self.slug


class ClaudeCode:
    name = NAME
    version = _VERSION

    def __init__(self, root: Path) -> None:
        self.root = root
        self._projects = root / "projects"
        self._prefix = f"{self._projects}{os.sep}"
        self._registry = Registry(root / "sessions")

    def watched(self) -> Sequence[Path]:
        return (self._projects, self.root / "sessions")

    def units(self, report: Callable[[SourceProblem], None]) -> Iterator[Unit]:
        for unit in files_below(self._projects, (".jsonl", ".json"), report):
            if self._place(unit.path) is not None:
                yield unit

    def units_of(self, path: str) -> Sequence[str]:
        if path.endswith(".meta.json"):
            path = f"{path.removesuffix('.meta.json')}.jsonl"
        return (path,) if self._place(path) is not None else ()

    def stat(self, path: str) -> Unit | None:
        return unit_at(path)

    def reader(self, path: str, known: FileState | None) -> Reader:
        place = self._place(path)
        assert place is not None, path
        if place.kind is _Is.RUN:
            return DocumentReader(path, known, tell=workflows.tell_run(place.session, _cwd_of(place)))
        if place.kind is _Is.JOURNAL:
            document, cwd = _document(place), _cwd_of(place)
            return AppendedReader(
                path,
                known,
                new_fold=lambda: workflows.JournalFold(place.session, place.run, document, cwd),
                restore=lambda state: workflows.JournalFold(place.session, place.run, document, cwd, state),
            )
        role = _role(place)
        return AppendedReader(
            path,
            known,
            new_fold=lambda: ClaudeFold(role),
            restore=lambda state: ClaudeFold(role, state),
        )

    def transcript(self, native_id: str, path: str) -> Transcript | None:
        place = self._place(path)
        if place is None:
            return None
        if place.kind in (_Is.RUN, _Is.JOURNAL):
            return workflows.transcript(path, place.session)
        session = native_id.split("/", 1)[0]
        return ClaudeTranscript(path, NAME, lambda started: _child(place.project, session, started))

    def evidence(self, asked: Sequence[Asked]) -> Mapping[str, Evidence]:
        return self._registry.evidence(asked)

    def aside(self, known: Callable[[str], bool]) -> Iterable[SessionFacts]:
        del known
        return ()

    def _place(self, path: str) -> _Place | None:
        if not path.startswith(self._prefix):
            return None
        slug, *below = path[len(self._prefix) :].replace(os.sep, "/").split("/")
        found = _what(below)
        if found is None:
            return None
        kind, session, name, run = found
        return _Place(kind=kind, projects=self._projects, slug=slug, session=session, name=name, run=run)


def _what(steps: list[str]) -> tuple[_Is, str, str, str] | None:
    """(kind, session, name, run) of a file, by its steps from the project's folder on; None where it is of no kind."""
    stem, _, ending = steps[-1].rpartition(".") if steps else ("", "", "")
    agent = stem.removeprefix("agent-") if stem.startswith("agent-") else ""
    match (*steps[:-1], ending):
        case ("jsonl",) if stem:
            return (_Is.AGENT, "", agent, "") if agent else (_Is.SESSION, stem, stem, "")
        case (session, "subagents", "jsonl") if agent:
            return _Is.AGENT, session, agent, ""
        case (session, "subagents", "workflows", run, "jsonl") if agent:
            return _Is.AGENT, session, agent, run
        case (session, "subagents", "workflows", run, "jsonl") if stem == "journal":
            return _Is.JOURNAL, session, run, run
        case (session, "workflows", "json") if stem and not stem.endswith(".meta"):
            return _Is.RUN, session, stem, stem
        case _:
            return None


def _role(place: _Place) -> Role:
    if place.kind is _Is.SESSION:
        return Role(session=place.name)
    folder = place.project / place.session / "subagents" if place.session else place.project
    if place.run:
        folder = folder / "workflows" / place.run
    about, _ = _load_small(folder / f"agent-{place.name}.meta.json")
    described = about.get("description")
    title = described if isinstance(described, str) else None
    if place.run and title is None:
        title = _label(place)
    if place.name.startswith("acompact-"):
        title = "Compaction"
    return Role(
        session=place.session,
        agent_id=place.name,
        flow=workflows.native_id(place.session, place.run) if place.run else "",
        flow_records=(_document(place), folder / "journal.jsonl") if place.run else (),
        title=title,
    )


def _document(place: _Place) -> Path:
    return place.project / place.session / "workflows" / f"{place.run}.json"


def _label(place: _Place) -> str | None:
    """What the workflow calls one of its agents."""
    document, _ = _load_small(_document(place))
    return next((agent.label for agent in workflows.run_of(document).agents if agent.agent_id == place.name), None)


def _load_small(path: Path) -> tuple[dict[str, object], SourceProblem | None]:
    try:
        document, problem = load(str(path), path.stat().st_size)
    except OSError:
        return {}, None
    return document or {}, problem


def _child(project: Path, session: str, started: Started) -> str | None:
    """Native id of what a call started, where it left a record."""
    folder = project / session
    if started.agent_id:
        name = f"agent-{started.agent_id}.jsonl"
        if (folder / "subagents" / name).exists():
            return agent_native_id(session, started.agent_id)
        owner = _first_of(project / name).session_id
        return agent_native_id(owner, started.agent_id) if owner else None
    run = started.run_id or ""
    records = (folder / "workflows" / f"{run}.json", folder / "subagents" / "workflows" / run / "journal.jsonl")
    if run and any(path.exists() for path in records):
        return workflows.native_id(session, run)
    return None


def _cwd_of(place: _Place) -> str | None:
    """Where the chat works that a workflow was started from."""
    return _first_of(place.project / f"{place.session}.jsonl").cwd


def _first_of(path: Path) -> Line:
    """The first line of a transcript that names a session and a folder."""
    try:
        with path.open("rb") as file:
            block = file.read(_FIRST_BYTES)
    except OSError:
        return Line()
    for line in _lines.decode(block[: block.rfind(b"\n") + 1], lambda _line, _why: None):
        if line.session_id and line.cwd:
            return line
    return Line()


def _default_root(environment: Mapping[str, str], home: Path) -> Path:
    named = environment.get("CLAUDE_CONFIG_DIR")
    return Path(named).expanduser() if named else home / ".claude"


TOOL = Tool(name=NAME, default_root=_default_root, open=ClaudeCode)
