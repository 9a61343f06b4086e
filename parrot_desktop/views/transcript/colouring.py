"""Colours for code, given when there is time: a frame shows the text at once, its colours a moment later."""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from parrot_desktop.richtext import highlight
from parrot_desktop.views.transcript.documents import paint_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from PySide6.QtGui import QTextCharFormat, QTextDocument

    from parrot_desktop.richtext.highlight import Ink, Span
    from parrot_desktop.views.transcript.documents import Painted

SLICE_S = 0.004
"""Of one turn of the event loop, so that scrolling stays smooth."""
LOOK_MS = 20
"""How often one looks whether the rules of a language are there."""
AT_ONCE_CHARS = 700
"""A shorter text is coloured where it is laid out."""


@dataclass(slots=True)
class _Job:
    document: weakref.ref[QTextDocument]
    text: str
    language: str
    inks: Mapping[Ink, QTextCharFormat]
    over: Sequence[Painted]
    spans: Iterator[Span] | None
    found: list[Painted]


class Colourer(QObject):
    """Colours documents one after the other; those that are gone by then are passed over."""

    coloured = Signal()
    """Some document looks different now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: deque[_Job] = deque()
        self._waiting: dict[str, list[_Job]] = {}  # by the language that is being loaded
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._work)
        # The thread that loads tells nobody: whoever waits may be gone by then.
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._take_up)

    @property
    def is_busy(self) -> bool:
        return bool(self._jobs or self._waiting)

    def colour(
        self,
        document: QTextDocument,
        text: str,
        language: str,
        inks: Mapping[Ink, QTextCharFormat],
        over: Sequence[Painted],
    ) -> None:
        if not language or len(text) > highlight.MAX_CHARS:
            return
        job = _Job(weakref.ref(document), text, language, inks, over, None, [])
        if not highlight.is_loaded(language):
            self._load(job)
        elif len(text) <= AT_ONCE_CHARS:
            self._run(job, None)
        else:
            self._jobs.append(job)
            self._timer.start()

    def _load(self, job: _Job) -> None:
        """The rules of a language are read in a thread: it can take a tenth of a second, once."""
        waiting = self._waiting.setdefault(job.language, [])
        waiting.append(job)
        if len(waiting) == 1:
            threading.Thread(target=highlight.load, args=(job.language,), name="parrot-job", daemon=True).start()
            self._look.start()

    def _take_up(self) -> None:
        for language in [language for language in self._waiting if highlight.is_loaded(language)]:
            self._jobs.extend(self._waiting.pop(language))
            self._timer.start()
        if not self._waiting:
            self._look.stop()

    def _work(self) -> None:
        deadline = time.perf_counter() + SLICE_S
        done = False
        while self._jobs and time.perf_counter() < deadline:
            if self._run(self._jobs[0], deadline):
                self._jobs.popleft()
                done = True
        if not self._jobs:
            self._timer.stop()
        if done:
            self.coloured.emit()

    def _run(self, job: _Job, deadline: float | None) -> bool:
        """Whether the job is done; it goes on where it stopped."""
        document = job.document()
        if document is None:
            return True
        if job.spans is None:
            job.spans = highlight.iter_spans(job.text, job.language)
        for span in job.spans:
            job.found.append((span.start, span.end, job.inks[span.ink]))
            if deadline is not None and time.perf_counter() > deadline:
                return False
        paint_ranges(document, [*job.found, *job.over])
        return True
