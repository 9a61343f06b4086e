"""A shown list without an application around it, and a clock for its frames."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from benchmarks.list_rows import MEMBERS, NOW_MS, make_rows
from parrot_desktop.models.session_list_model import SessionListModel
from parrot_desktop.theme.stylesheet import make_stylesheet
from parrot_desktop.theme.theme import Theme, ThemeChoice
from parrot_desktop.views.session_list_view import SessionListView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 1440, 900


class ListWindow:
    """A list of so many rows, 1440 x 900, painted once. The clock of the rows stands still."""

    def __init__(self, rows: int, *, theme: ThemeChoice = ThemeChoice.DARK) -> None:
        instance = QApplication.instance()
        self.app = instance if isinstance(instance, QApplication) else QApplication([])
        look = Theme(choice=theme)
        self.app.setStyleSheet(make_stylesheet(look.tokens, look.fonts))
        self.model = SessionListModel(now_ms=lambda: NOW_MS)
        self.model.set_members(MEMBERS)
        self.model.show_page(make_rows(rows), has_more=False)
        self.view = SessionListView(look, self.model)
        # Turning spinners and ticking seconds are other frames than those that are counted here.
        self.view.set_reduced_motion(True)
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        self.app.processEvents()
        gc.collect()
        gc.freeze()

    def frame_ms(self, act: Callable[[], None]) -> float:
        """Processor time of the GUI thread from an act to the pixels it asks for.

        Not the wall's: on a shared machine that measures the neighbours.
        """
        started = time.thread_time_ns()
        act()
        # A view may put its layout off to the next turn, and its painting to the one after.
        for _ in range(3):
            self.app.processEvents()
        return (time.thread_time_ns() - started) / 1e6

    def scroll(self, places: Sequence[int]) -> list[float]:
        """Processor time of a frame at each place, in pixels from the top; beyond the end it begins anew."""
        bar = self.view.verticalScrollBar()
        return [self.frame_ms(lambda place=place: bar.setValue(place % bar.maximum())) for place in places]

    def close(self) -> None:
        self.view.close()
        self.view.deleteLater()
        self.app.processEvents()
        gc.unfreeze()
