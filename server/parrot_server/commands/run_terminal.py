"""What a person at the terminal sees of a run, and how they answer it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from parrot_wire.values import Decision, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parrot_server.flows.gate import Verdict
    from parrot_wire.session import Step

_MARKS = {
    Status.RUNNING: "[green]●[/]",
    Status.COMPLETED: "[green]✓[/]",
    Status.SKIPPED: "[dim]-[/]",
    Status.FAILED: "[red]✗[/]",
    Status.REJECTED: "[red]✗[/]",
    Status.PAUSED: "[yellow]‖[/]",
    Status.BLOCKED: "[yellow]‖[/]",
    Status.CANCELLED: "[dim]■[/]",
    Status.INTERRUPTED: "[yellow]■[/]",
}
_ANSWERS = {
    "a": Decision.APPROVE,
    "approve": Decision.APPROVE,
    "y": Decision.APPROVE,
    "yes": Decision.APPROVE,
    "r": Decision.REJECT,
    "reject": Decision.REJECT,
    "n": Decision.REJECT,
    "no": Decision.REJECT,
    "s": Decision.SKIP,
    "skip": Decision.SKIP,
}
_PAST = {Decision.APPROVE: "approved", Decision.REJECT: "rejected", Decision.SKIP: "skipped"}


class Quiet:
    """Nothing for people: `--json` prints the records themselves."""

    def step(self, step: Step) -> None:
        pass

    def asks(self, checkpoint: str, reason: str) -> None:
        pass

    def decided(self, checkpoint: str, verdict: Verdict) -> None:
        pass

    def line(self, text: str) -> None:
        pass


class Terminal:
    """Prints a run as it goes, and takes an answer from the keyboard where one is asked for.

    answer: called with (checkpoint, decision) when a person has typed one.
    """

    def __init__(self, run_id: str, *, names: Mapping[str, str], answer: Callable[[str, Decision], None]) -> None:
        self._run_id = run_id
        self._names = names
        self._answer = answer
        self._console = Console(highlight=False, soft_wrap=True)
        self._last: tuple[str, Status] | None = None
        self._question: str | None = None
        self._listening = False

    def title(self, title: str, where: str) -> None:
        self._print(f"[bold]{escape(title)}[/]  [dim]{self._run_id[:8]} · {escape(where)}[/]")

    def say(self, text: str) -> None:
        """A line of ours."""
        self._print(f"[dim]{escape(text)}[/]")

    def step(self, step: Step) -> None:
        if self._last == (step.id, step.status) or step.status in (Status.PAUSED, Status.BLOCKED):
            return
        self._last = (step.id, step.status)
        error = f"  [red]{escape(step.error)}[/]" if step.error else ""
        word = "" if step.status in (Status.RUNNING, Status.COMPLETED) else f" {step.status}"
        self._print(f"{_MARKS.get(step.status, ' ')} [bold]{escape(step.name)}[/]{word}{error}")

    def asks(self, checkpoint: str, reason: str) -> None:
        self._question = checkpoint
        self._print(
            f"[yellow]‖ {escape(reason)}[/]  [dim]decide in the window, or: parrot approve {self._run_id[:8]}[/]"
        )
        if sys.stdin.isatty():
            self._print("  [a]pprove, [r]eject or [s]kip: ".replace("[", r"\["), end="")
            self._listen()

    def decided(self, checkpoint: str, verdict: Verdict) -> None:
        self._question = None
        by = f" by {self._names.get(verdict.by, verdict.by)}" if verdict.by else ""
        comment = f": {verdict.comment}" if verdict.comment else ""
        self._print(f"  {escape(f'{_PAST[verdict.decision]}{by}{comment}')}")

    def line(self, text: str) -> None:
        for line in text.rstrip("\n").split("\n"):
            self._print(f"  [dim]│[/] {escape(line)}")

    def end(self, status: Status, run_id: str) -> None:
        hint = (
            f"  [dim]parrot run --resume {run_id[:8]} goes on[/]"
            if status in (Status.FAILED, Status.INTERRUPTED)
            else ""
        )
        self._print(f"{_MARKS.get(status, ' ')} [bold]{status}[/]{hint}")

    def close(self) -> None:
        """Leave the keyboard alone."""
        if self._listening:
            self._listening = False
            with contextlib.suppress(NotImplementedError, RuntimeError):
                asyncio.get_running_loop().remove_reader(sys.stdin)

    def _print(self, text: str, *, end: str = "\n") -> None:
        # A terminal that was closed, or a reader that has gone, is no reason for the run to end.
        with contextlib.suppress(OSError):
            self._console.print(text, end=end)

    def _listen(self) -> None:
        if self._listening:
            return
        # A terminal that cannot be watched (Windows) still has the window and `parrot approve`.
        with contextlib.suppress(NotImplementedError, OSError):
            asyncio.get_running_loop().add_reader(sys.stdin, self._typed)
            self._listening = True

    def _typed(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.close()
            return
        decision = _ANSWERS.get(line.strip().casefold())
        if self._question is not None and decision is not None:
            self._answer(self._question, decision)
        elif self._question is not None:
            self._print("  a, r or s: ", end="")
