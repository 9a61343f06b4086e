"""The filter of lists, summaries and streams: typed, and as query parameters.

Both sides use it, so that what the desktop asks is what the server understands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from parrot_wire.times import Timestamp, normalise
from parrot_wire.values import Kind, Status, StatusGroup

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_EVERY_MS = 10_000

_Enum = TypeVar("_Enum", bound=StrEnum)


class BadParameter(ValueError):
    """A query parameter that cannot be understood; ``name`` says which."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions: each field that is set narrows; several values of one field mean any of them.

    ``kinds`` empty means flows and chats. ``q`` is words of the title. The time bounds are [after, before).
    ``among_owners`` and ``among_sessions`` are one field: sessions of these owners, and these sessions by id.
    """

    kinds: frozenset[Kind] = frozenset()
    owners: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    status_groups: frozenset[StatusGroup] = frozenset()
    projects: frozenset[str] = frozenset()
    initiatives: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    among_owners: frozenset[str] = frozenset()
    among_sessions: frozenset[str] = frozenset()
    active_after: Timestamp | None = None
    active_before: Timestamp | None = None
    q: str = ""

    @property
    def effective_kinds(self) -> frozenset[Kind]:
        return self.kinds or frozenset({Kind.FLOW, Kind.CHAT})

    @property
    def effective_statuses(self) -> frozenset[Status] | None:
        """Statuses that pass both ``statuses`` and ``status_groups``; None where neither narrows."""
        if not self.statuses and not self.status_groups:
            return None
        allowed = self.statuses or frozenset(Status)
        if self.status_groups:
            allowed = frozenset(status for status in allowed if status.group in self.status_groups)
        return allowed

    @property
    def words(self) -> tuple[str, ...]:
        """The words of ``q``, case-folded."""
        return tuple(self.q.casefold().split())

    def to_params(self) -> list[tuple[str, str]]:
        """As query parameters, in one order, so that equal filters make equal addresses."""
        params: list[tuple[str, str]] = []
        for name, values in (
            ("kind", self.kinds),
            ("owner", self.owners),
            ("status", self.statuses),
            ("status_group", self.status_groups),
            ("project", self.projects),
            ("initiative", self.initiatives),
            ("plan", self.plans),
            ("among_owner", self.among_owners),
            ("among_session", self.among_sessions),
        ):
            params.extend((name, str(value)) for value in sorted(values))
        if self.active_after is not None:
            params.append(("active_after", self.active_after))
        if self.active_before is not None:
            params.append(("active_before", self.active_before))
        if self.q.strip():
            params.append(("q", self.q.strip()))
        return params


FILTER_PARAMETERS = frozenset(
    {
        "kind",
        "owner",
        "status",
        "status_group",
        "project",
        "initiative",
        "plan",
        "among_owner",
        "among_session",
        "active_after",
        "active_before",
        "q",
    }
)


def parse_filter(params: Sequence[tuple[str, str]]) -> Filter:
    """Query parameters -> Filter; names outside FILTER_PARAMETERS are the caller's. Raises BadParameter."""
    return Filter(
        kinds=_enums(params, "kind", Kind),
        owners=_texts(params, "owner"),
        statuses=_enums(params, "status", Status),
        status_groups=_enums(params, "status_group", StatusGroup),
        projects=_texts(params, "project"),
        initiatives=_texts(params, "initiative"),
        plans=_texts(params, "plan"),
        among_owners=_texts(params, "among_owner"),
        among_sessions=_texts(params, "among_session"),
        active_after=_time(params, "active_after"),
        active_before=_time(params, "active_before"),
        q=single(params, "q") or "",
    )


def parse_limit(params: Sequence[tuple[str, str]], *, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    """The ``limit`` parameter, 1 to ``most``. Raises BadParameter."""
    return _whole(params, "limit", default=default, least=1, most=most)


def parse_every(params: Sequence[tuple[str, str]]) -> int:
    """The ``every`` parameter of a stream, milliseconds, 0 to MAX_EVERY_MS. Raises BadParameter."""
    return _whole(params, "every", default=0, least=0, most=MAX_EVERY_MS)


def single(params: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of a parameter that may stand once. Raises BadParameter where it stands twice."""
    values = [value for key, value in params if key == name]
    if len(values) > 1:
        raise BadParameter(name, "may be given once only")
    return values[0] if values else None


def _whole(params: Sequence[tuple[str, str]], name: str, *, default: int, least: int, most: int) -> int:
    text = single(params, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        raise BadParameter(name, f"must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _texts(params: Iterable[tuple[str, str]], name: str) -> frozenset[str]:
    return frozenset(value for key, value in params if key == name)


def _enums(params: Iterable[tuple[str, str]], name: str, words: type[_Enum]) -> frozenset[_Enum]:
    found: set[_Enum] = set()
    for value in _texts(params, name):
        try:
            found.add(words(value))
        except ValueError:
            raise BadParameter(name, f"must be one of {', '.join(words)}, not {value!r}") from None
    return frozenset(found)


def _time(params: Iterable[tuple[str, str]], name: str) -> Timestamp | None:
    text = single(params, name)
    if text is None:
        return None
    try:
        return normalise(text)
    except ValueError:
        raise BadParameter(name, f"must be an RFC 3339 time, not {text!r}") from None
