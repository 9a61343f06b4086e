"""How a saved workspace answers when it is only asked whether it is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """`ASLEEP`: this machine's own, whose server starts when it is opened."""

    HERE = "here"
    ASLEEP = "asleep"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """It answers, and does not take the token, or there is none."""
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class Checked:
    """``detail``: why, as a sentence; of `Standing.OTHER_VERSION` it is the server's version."""

    standing: Standing
    detail: str = ""
