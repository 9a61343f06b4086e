"""A run in a test: the real runner and real processes, reported into lists."""

from __future__ import annotations

import os
import stat
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from parrot_server.flows.check import parse_flow
from parrot_server.flows.definition import bind_parameters
from parrot_server.flows.gate import Verdict
from parrot_server.flows.journal import Journal, Started, read_run
from parrot_server.flows.runner import FlowRun, Settings
from parrot_server.flows.workplace import Workplace
from parrot_wire.records import TurnRecord
from parrot_wire.session import Artifact, Checkpoint, Message, Step, Text, ToolResult
from parrot_wire.times import from_ms
from parrot_wire.values import Decision, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parrot_server.flows.report import SessionReport


@dataclass
class Told:
    """All that was said of one session, in order."""

    patches: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    steps: list[Step] = field(default_factory=list[Step])
    turns: dict[str, TurnRecord] = field(default_factory=dict[str, TurnRecord])
    messages: dict[str, Message] = field(default_factory=dict[str, Message])
    checkpoints: list[Checkpoint] = field(default_factory=list[Checkpoint])
    artifacts: list[Artifact] = field(default_factory=list[Artifact])

    def update(self, **patch: Any) -> None:
        self.patches.append(patch)

    def step(self, step: Step) -> None:
        self.steps.append(step)

    def turn(self, turn: TurnRecord) -> None:
        self.turns[turn.id] = turn

    def message(self, message: Message) -> None:
        self.messages[message.id] = message

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        self.checkpoints.append(checkpoint)

    def artifact(self, artifact: Artifact) -> None:
        self.artifacts.append(artifact)

    @property
    def now(self) -> dict[str, Any]:
        """The session as all patches together make it."""
        return {name: value for patch in self.patches for name, value in patch.items()}

    @property
    def states(self) -> list[tuple[str, str]]:
        """(step, status), one for each change."""
        return [(step.id, str(step.status)) for step in self.steps]

    @property
    def texts(self) -> list[str]:
        """What stands in the transcript, a part each, in the order of the messages."""
        messages = sorted(self.messages.values(), key=lambda message: message.n)
        return [getattr(part, "text", "") for message in messages for part in message.parts]

    def result_of(self, step: str) -> ToolResult:
        """The result of a command, as it stands in the transcript."""
        parts = [p for m in self.messages.values() if m.step == step for p in m.parts if isinstance(p, ToolResult)]
        return parts[-1]

    def prompt_of(self, step: str) -> str:
        parts = [p for m in self.messages.values() if m.step == step for p in m.parts if isinstance(p, Text)]
        return parts[0].text


@dataclass
class Sessions:
    """A `Report` into memory."""

    told: dict[tuple[str, str], Told] = field(default_factory=dict[tuple[str, str], Told])

    def open(self, source: str, native_id: str) -> SessionReport:
        return self.told.setdefault((source, native_id), Told())


@dataclass
class Terminal:
    """A `Watcher` that answers questions by a plan: a decision for each, in order; without one it leaves them open."""

    answers: list[Decision] = field(default_factory=list[Decision])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    lines: list[str] = field(default_factory=list[str])
    on_ask: Callable[[str], None] = lambda checkpoint: None
    on_line: Callable[[str], None] = lambda line: None
    run: FlowRun | None = None

    def step(self, step: Step) -> None:
        pass

    def asks(self, checkpoint: str, reason: str) -> None:
        self.asked.append((checkpoint, reason))
        if self.answers and self.run is not None:
            self.run.decide(checkpoint, Verdict(decision=self.answers.pop(0), by="m1", comment="by plan"))
        self.on_ask(checkpoint)

    def decided(self, checkpoint: str, verdict: Verdict) -> None:
        self.verdicts.append(verdict)

    def line(self, text: str) -> None:
        self.lines.append(text)
        self.on_line(text)


class Bench:
    """Runs Flows in a folder of their own."""

    def __init__(self, root: Path) -> None:
        self.cwd = root / "work"
        self.runs = root / "runs"
        self.bin = root / "bin"
        for folder in (self.cwd, self.runs, self.bin):
            folder.mkdir()
        self.sessions = Sessions()
        self.terminal = Terminal()
        self.run_id = ""
        self.recorded: Callable[[str, str], Sequence[TurnRecord]] = lambda source, session_id: ()

    def agent(self, name: str, script: str) -> None:
        """Put a fake agent on the PATH of steps."""
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def make(self, text: str, *, yes: bool = False, **params: str) -> FlowRun:
        """A new run of a Flow."""
        flow = parse_flow(text, file="test.toml")
        self.run_id = str(uuid.uuid4())
        journal = Journal.create(self.runs, self.run_id)
        journal.write(
            Started(
                run_id=self.run_id,
                at=from_ms(1_790_000_000_000),
                file="test.toml",
                definition=text,
                parameters=bind_parameters(flow, params),
                title=flow.title,
                cwd=str(self.cwd),
                workspace=None,
            )
        )
        return self._run(journal, yes=yes)

    def resume(self, run_id: str) -> FlowRun:
        """Go on with a run whose runner is gone."""
        self.run_id = run_id
        return self._run(Journal.open(self.runs, run_id))

    async def run(self, text: str, *, yes: bool = False, **params: str) -> Status:
        """A run from its start to its end."""
        return await self.make(text, yes=yes, **params).run()

    @property
    def told(self) -> Told:
        return self.sessions.told["parrot-run", self.run_id]

    def _run(self, journal: Journal, *, yes: bool = False) -> FlowRun:
        state = read_run(self.runs, self.run_id)
        run = FlowRun(
            parse_flow(state.started.definition, file="test.toml"),
            state=state,
            journal=journal,
            report=self.sessions,
            watcher=self.terminal,
            workplace=Workplace(cwd=self.cwd, pid=os.getpid()),
            settings=Settings(
                yes=yes,
                member="m1",
                environment={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "PARROT_TOKEN": "secret"},
                recorded=lambda source, session_id: self.recorded(source, session_id),
            ),
        )
        self.terminal.run = run
        self._journal = journal
        return run

    def close(self) -> None:
        """Let go of the run, as the end of its process would."""
        self._journal.close()
