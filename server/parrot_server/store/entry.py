"""One session in a unit of work: what it is now, and what is stored of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parrot_server.store.facts import Facts, Marks, decode_facts, decode_marks, encode_facts, links_of

if TYPE_CHECKING:
    from parrot_server.store.facts import UserState


class Entry:
    """One session in the unit of work. Whoever changes ``facts`` or ``marks`` just changes them."""

    __slots__ = (
        "_facts_before",
        "_marks_before",
        "_user_before",
        "facts",
        "id",
        "is_new",
        "marks",
        "native_id",
        "recount_activity",
        "seq",
        "source",
        "user",
    )

    def __init__(
        self,
        session_id: str,
        source: str,
        native_id: str,
        user: UserState,
        *,
        seq: int = 0,
        facts: bytes | None = None,
        marks: bytes | None = None,
    ) -> None:
        self.id = session_id
        self.source = source
        self.native_id = native_id
        self.seq = seq
        self.user = self._user_before = user
        self._facts_before = facts
        self._marks_before = marks
        self.is_new = facts is None
        self.facts = Facts() if facts is None else decode_facts(facts)
        self.marks = Marks() if marks is None else decode_marks(marks)
        self.recount_activity = False

    def facts_if_changed(self) -> bytes | None:
        """The facts, encoded, where row or detail differ from what is stored."""
        encoded = encode_facts(self.facts)
        if encoded == self._facts_before and self.user == self._user_before:
            return None
        return encode_facts(self.facts) if self._note_unlinked() else encoded

    def _note_unlinked(self) -> bool:
        """Whoever watches a record hears of what leaves it, also when they were away: so it is kept."""
        before = self.before()
        if before is None:
            return False
        now = links_of(self.facts, self.user)
        unlinked = tuple(sorted((links_of(*before) | set(self.facts.unlinked)) - now))
        if unlinked == self.facts.unlinked:
            return False
        self.facts.unlinked = unlinked
        return True

    def marks_if_changed(self) -> bytes | None:
        encoded = encode_facts(self.marks)
        return None if encoded == self._marks_before else encoded

    def before(self) -> tuple[Facts, UserState] | None:
        """What is stored; None for a session that is new."""
        return None if self._facts_before is None else (decode_facts(self._facts_before), self._user_before)
