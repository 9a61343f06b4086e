"""Statuses, kinds and skills as words, and which glyph stands for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_wire.values import Kind, Mode, Status

if TYPE_CHECKING:
    from parrot_desktop.domain.words import Words


def status_word(status: Status, words: Words) -> str:
    """The word of the pill."""
    match status:
        case Status.RUNNING:
            return words.tr("Running")
        case Status.PROVISIONING:
            return words.tr("Provisioning")
        case Status.COMPLETED:
            return words.tr("Completed")
        case Status.MERGED:
            return words.tr("Merged")
        case Status.REVIEWED:
            return words.tr("Reviewed")
        case Status.ENDED:
            return words.tr("Ended")
        case Status.SKIPPED:
            return words.tr("Skipped")
        case Status.CANCELLED:
            return words.tr("Cancelled")
        case Status.OPEN:
            return words.tr("Open")
        case Status.FAILED:
            return words.tr("Failed")
        case Status.REJECTED:
            return words.tr("Rejected")
        case Status.DISCARDED:
            return words.tr("Discarded")
        case Status.PAUSED:
            return words.tr("Paused")
        case Status.BLOCKED:
            return words.tr("Blocked")
        case Status.INTERRUPTED:
            return words.tr("Interrupted")
        case Status.PENDING:
            return words.tr("Pending")
        case Status.QUEUED:
            return words.tr("Queued")


def kind_word(kind: Kind, mode: Mode | None, words: Words) -> str:
    """What a session is, for ears and tooltips."""
    match kind:
        case Kind.FLOW:
            return words.tr("Flow run")
        case Kind.CHAT if mode is Mode.ASK:
            return words.tr("Ask")
        case Kind.CHAT:
            return words.tr("Chat")
        case Kind.TASK:
            return words.tr("Background task")


KIND_GLYPHS: dict[Kind, str] = {Kind.FLOW: "workflow", Kind.CHAT: "message-circle", Kind.TASK: "bot"}
"""Kind -> icon name of ``resources/icons``."""

PLAIN_STEP_GLYPH = "circle-dot"

_SKILL_GLYPHS: dict[str, str] = {
    "plan": "clipboard-list",
    "design": "clipboard-list",
    "implement": "hammer",
    "build": "hammer",
    "code": "code-xml",
    "fix": "wrench",
    "verify": "shield-check",
    "test": "flask-conical",
    "review": "eye",
    "research": "search",
    "explore": "search",
    "document": "file-text",
    "docs": "file-text",
    "create-pr": "git-pull-request",
    "pull-request": "git-pull-request",
    "merge": "git-merge",
    "commit": "git-commit-horizontal",
    "deploy": "rocket",
    "release": "package",
    "refactor": "git-branch",
    "security": "shield",
    "notify": "bell",
}


def step_glyph(skill: str | None, name: str) -> str:
    """The icon of a step: by its skill, else by a skill that its name begins with."""
    for text in (skill, name):
        if text:
            key = text.strip().lower().replace("_", "-").replace(" ", "-")
            if (glyph := _SKILL_GLYPHS.get(key)) is not None:
                return glyph
            if "pull-request" in key:
                return "git-pull-request"
            if (glyph := _SKILL_GLYPHS.get(key.partition("-")[0])) is not None:
                return glyph
    return PLAIN_STEP_GLYPH
