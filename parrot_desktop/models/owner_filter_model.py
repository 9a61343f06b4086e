"""The owner facet of the filter: every member of the workspace, those without work too, with a check and a count."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from parrot_desktop.domain.people import Person, people_of, stranger
from parrot_desktop.domain.words import EnglishWords, Words
from parrot_desktop.models.roles import ACCESSIBLE_TEXT, DISPLAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parrot_wire.session import Member

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
CHECK_STATE = int(Qt.ItemDataRole.CheckStateRole)


class OwnerRole(IntEnum):
    """Roles of the owner facet."""

    PERSON = int(Qt.ItemDataRole.UserRole) + 1
    COUNT = int(Qt.ItemDataRole.UserRole) + 2
    """Sessions under the other filters."""
    MEMBER_ID = int(Qt.ItemDataRole.UserRole) + 3


class OwnerFilterModel(QAbstractListModel):
    """Members in one order: those with work first, most work first, then by name.

    Counts that change while somebody picks names don't shuffle the names; `reorder` does, when the facet is opened.
    What is checked stays checked, also where the search hides it.
    """

    checked_changed = Signal(object)
    """frozenset[str] of member ids."""

    def __init__(self, *, words: Words | None = None) -> None:
        super().__init__()
        self._words = words or EnglishWords()
        self._people: Mapping[str, Person] = {}
        self._counts: Mapping[str, int] = {}
        self._checked: frozenset[str] = frozenset()
        self._search: tuple[str, ...] = ()
        self._order: list[Person] = []
        self._shown: list[Person] = []

    # What the application says

    def set_members(self, members: Iterable[Member]) -> None:
        self._people = people_of(members)
        self.reorder()

    def set_counts(self, by_owner: Mapping[str, int]) -> None:
        """Sessions by member id, as the summary says; a member it leaves out has none."""
        newcomers = any(owner not in self._people and owner not in self._counts for owner in by_owner)
        self._counts = dict(by_owner)
        if newcomers or not self._order:
            self.reorder()
        elif self._shown:
            roles = [int(OwnerRole.COUNT), ACCESSIBLE_TEXT]
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), roles)

    def set_search(self, text: str) -> None:
        """Shows those whose name has a word that begins with each word of the text; case and accents don't matter."""
        words = tuple(_folded(text).split())
        if words != self._search:
            self._search = words
            self._show()

    def set_words(self, words: Words) -> None:
        """Another language."""
        self._words = words
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), [ACCESSIBLE_TEXT])

    def reorder(self) -> None:
        """Puts the members into their order by the counts of now."""
        owners = [*self._people.values(), *(stranger(owner) for owner in self._counts if owner not in self._people)]
        self._order = sorted(owners, key=lambda person: (-self.count_of(person.id), _folded(person.name), person.id))
        self._show()

    # The checks

    @property
    def checked(self) -> frozenset[str]:
        """Ids of those picked; empty means anybody."""
        return self._checked

    def set_checked(self, ids: Iterable[str]) -> None:
        """Picks exactly these."""
        wanted = frozenset(ids)
        if wanted != self._checked:
            self._checked = wanted
            if self._shown:
                self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1), [CHECK_STATE])
            self.checked_changed.emit(wanted)

    def toggle(self, index: Index) -> None:
        """What a click on a name does."""
        if index.isValid() and index.row() < len(self._shown):
            self.set_checked(self._checked ^ {self._shown[index.row()].id})

    def count_of(self, member_id: str) -> int:
        return self._counts.get(member_id, 0)

    # QAbstractListModel

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    @override
    def data(self, index: Index, role: int = DISPLAY) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        person = self._shown[index.row()]
        if role == DISPLAY:
            return person.name
        if role == CHECK_STATE:
            return Qt.CheckState.Checked if person.id in self._checked else Qt.CheckState.Unchecked
        if role == OwnerRole.PERSON:
            return person
        if role == OwnerRole.COUNT:
            return self.count_of(person.id)
        if role == OwnerRole.MEMBER_ID:
            return person.id
        if role == ACCESSIBLE_TEXT:
            count = self._words.plural(self.count_of(person.id), "{n} session", "{n} sessions")
            return self._words.listed([person.name, count])
        return None

    @override
    def setData(self, index: Index, value: object, role: int = CHECK_STATE) -> bool:
        if role != CHECK_STATE or not index.isValid() or index.row() >= len(self._shown):
            return False
        checked = value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value)
        if checked != (self._shown[index.row()].id in self._checked):
            self.toggle(index)
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemNeverHasChildren
        )

    def _show(self) -> None:
        shown = [person for person in self._order if self._matches(person)]
        if shown != self._shown:
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()

    def _matches(self, person: Person) -> bool:
        parts = _folded(person.name).split()
        return all(any(part.startswith(word) for part in parts) for word in self._search)


def _folded(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
