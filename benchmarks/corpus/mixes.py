"""Named mixes: how much of each awkward shape a corpus holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares, from 0 to 1.

    codex: of the sessions. forks: of the Claude sessions that get copies (one to three). agents: of the Claude sessions
    that start subagents. torn: of the files that end in half a line. alien: of the lines that are followed by one that
    no tool should choke on. split: of the messages written as several lines with growing counts. bare: of the copied
    lines without a request id, and of the sessions whose tool wrote none. huge: of the tool results over 200 kB.
    banded: of the responses with a prompt over the model's price band. odd: of the responses with a stated charge, an
    unknown model, counts as text, or a request id that tells two responses of one message id apart.
    """

    about: str
    codex: float = 0.0
    forks: float = 0.03
    agents: float = 0.08
    torn: float = 0.02
    alien: float = 0.002
    split: float = 0.6
    bare: float = 0.1
    huge: float = 0.001
    banded: float = 0.02
    odd: float = 0.02


MIXES: dict[str, Mix] = {
    "claude": Mix(about="what a busy person's ~/.claude holds after two months"),
    "both": Mix(about="Claude Code and Codex side by side", codex=0.35),
    "forks": Mix(about="half of the sessions copied, many copies without request ids", forks=0.5, bare=0.5),
    "agents": Mix(about="most spend in subagents, in every layout there has been", agents=0.7, forks=0.05),
    "torn": Mix(about="half-written tails, alien lines, counts as text", torn=0.5, alien=0.1, odd=0.2, codex=0.2),
    "bands": Mix(
        about="long prompts, hour-long caches, unknown models, stated charges", banded=0.4, odd=0.3, codex=0.3
    ),
    "huge": Mix(about="tool results of megabytes", huge=0.05, forks=0.0, agents=0.0),
    "plain": Mix(
        about="short sessions, nothing odd", forks=0, agents=0, torn=0, alien=0, bare=0, huge=0, banded=0, odd=0
    ),
}
