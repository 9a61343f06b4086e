"""Members as the list shows them: initials on a colour that stays theirs."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_wire.session import Member

AVATAR_COLOURS = 8
"""How many grounds the theme has for avatars."""

_SEPARATORS = re.compile(r"[\s._@+-]+")


@dataclass(frozen=True, slots=True)
class Person:
    """``colour`` counts from 0 below AVATAR_COLOURS."""

    id: str
    name: str
    initials: str
    colour: int


def initials_of(name: str) -> str:
    """One or two capital letters; "?" for a name without any."""
    parts = [part for part in _SEPARATORS.split(name) if part and part[0].isalnum()]
    if not parts:
        return "?"
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


def people_of(members: Iterable[Member]) -> Mapping[str, Person]:
    """Members by id. While there are no more of them than colours, no two share one.

    The colour follows from the ids alone, so that a person has the same one on every desktop.
    """
    people: dict[str, Person] = {}
    taken: set[int] = set()
    for member in sorted(members, key=lambda each: each.id):
        colour = _preferred_colour(member.id)
        if len(taken) == AVATAR_COLOURS:
            taken.clear()
        while colour in taken:
            colour = (colour + 1) % AVATAR_COLOURS
        taken.add(colour)
        people[member.id] = Person(member.id, member.name, initials_of(member.name), colour)
    return people


def stranger(member_id: str) -> Person:
    """Someone whom the list of members does not hold (yet): named by the id."""
    return Person(member_id, member_id, initials_of(member_id), _preferred_colour(member_id))


def _preferred_colour(member_id: str) -> int:
    return zlib.crc32(member_id.encode()) % AVATAR_COLOURS
