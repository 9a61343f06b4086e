"""The part of a transcript that keys act on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleEvent

from parrot_desktop.domain.transcript.find import is_prompt
from parrot_desktop.i18n import tr
from parrot_desktop.views.transcript.block import Act
from parrot_desktop.views.transcript.steps import Steps

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractScrollArea

    from parrot_desktop.domain.transcript.captions import Captions
    from parrot_desktop.domain.transcript.store import PartPlace, TranscriptStore
    from parrot_desktop.views.transcript.block import Target
    from parrot_desktop.views.transcript.sight import Sight


class Cursor:
    """Where it is, where it goes next, and what it offers."""

    def __init__(self, area: QAbstractScrollArea, sight: Sight, store: TranscriptStore, captions: Captions) -> None:
        self._area, self._sight, self._store, self.captions = area, sight, store, captions
        self._steps = Steps(sight, store)
        self.place: PartPlace | None = None

    def put(self, place: PartPlace) -> None:
        """Go to a part that is in sight."""
        self.place = place
        self._announce()
        self._area.viewport().update()

    def next(self, by: int) -> PartPlace | None:
        """The part after (1) or before (-1) this one; None where the view scrolled instead, or at an end."""
        return self._steps.step(self.place, by)

    def reveal(self) -> None:
        """Scroll until it is in sight."""
        if self.place is not None:
            self._sight.column.layout(self.place.n)
            self._sight.reveal(self.place)

    def offer(self) -> Target | None:
        """What Enter does: the first thing that the part offers."""
        return next(iter(self._targets()), None)

    @property
    def can_fold(self) -> bool:
        return any(target.act is Act.FOLD for target in self._targets())

    def _targets(self) -> list[Target]:
        blocks = self._sight.blocks_of(self.place) if self.place is not None else ()
        return [target for placed in blocks for target in placed.block.targets()]

    def _announce(self) -> None:
        """Tell screen readers what is current."""
        if self.place is None:
            return
        message = self._store.get(self.place.n)
        said = [] if message is None else [self.captions.person if is_prompt(message) else tr("Agent")]
        said.extend(placed.block.words()[:400] for placed in islice(self._sight.blocks_of(self.place), 3))
        self._area.setAccessibleDescription(", ".join(word for word in said if word))
        QAccessible.updateAccessibility(QAccessibleEvent(self._area, QAccessible.Event.DescriptionChanged))
