"""The sub-commands of `parrot`, by name. A module is imported when its command is called, and no sooner."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """``module`` is a module of this package with ``configure(parser)`` and ``run(arguments) -> exit code``."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "serve": Command("serve", "Serve a workspace: this machine's own, or a team's."),
    "ls": Command("ls", "List sessions, most recently active first."),
    "watch": Command("watch", "Watch the sessions as they move."),
    "show": Command("show", "Show one session: steps, turns, cost, last messages."),
    "cancel": Command("cancel", "Ask a run, or a chat that is answering, to stop."),
    "approve": Command("decide", "Let a run go on that waits at a checkpoint or at a limit."),
    "reject": Command("decide", "End a run that waits at a checkpoint or at a limit."),
    "skip": Command("decide", "Let a run go on without the step that it waits before."),
    "run": Command("run", "Run a Flow file: its steps, its checkpoints, its agents."),
    "simulate": Command("simulate", "Fill the sample workspace with a made-up team at work."),
    "token": Command("token", "Make, list and revoke the workspace's tokens."),
    "member": Command("member", "Add and list the workspace's members, change their roles, take their access away."),
    "guard-run": Command("run_guard", "Watch over a run (started by `parrot run` itself)."),
    "read-ahead": Command("read_ahead", "Read transcripts for a first index (started by `parrot serve` itself)."),
    "doctor": Command("doctor", "Say what is where, and what is wrong with it."),
}
