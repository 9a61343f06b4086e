"""Turning the names that sources use into members and records; unknown ones are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.store import members, records
from parrot_wire.values import RecordKind

if TYPE_CHECKING:
    from typing import Literal

    from sqlalchemy import Connection

    from parrot_wire.session import RecordRef


class Links:
    """Names looked up in one call, each once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._members: dict[str, str] = {}
        self._records: dict[tuple[str, str], RecordRef] = {}

    def member(self, text: str, *, make: bool) -> str | None:
        """The id of the member whom the text names; an unknown one is made, without a login, where ``make`` says so."""
        known = self._members.get(text)
        if known is None:
            found = members.resolve(self._conn, text)
            if found is None and make:
                found = members.make_author(self._conn, text)
            if found is None:
                return None
            known = self._members[text] = found.id
        return known

    def member_or_text(self, text: str) -> str:
        return self.member(text, make=False) or text

    def record(self, kind: Literal["project", "initiative", "plan"], text: str | None) -> RecordRef | None:
        """The record that an id or a title names, made where it is unknown."""
        if text is None or not text.strip():
            return None
        known = self._records.get((kind, text))
        if known is None:
            known = self._records[kind, text] = records.ref(self._conn, RecordKind(kind), text)
        return known
