"""Agents: which tools' files this workspace reads, where, what was found, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from parrot_desktop.domain.tool_names import tool_name
from parrot_desktop.i18n import plural, tr
from parrot_desktop.views.settings.fields import Page
from parrot_wire.values import SourceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parrot_wire.answers import SourceReport

_MAX_PROBLEMS = 20


class AgentsPage(Page):
    """`show_reports` fills it, and again whenever something changed."""

    def __init__(self) -> None:
        super().__init__(tr("Agents"))
        self._state = self.note(tr("Asking the workspace…"))
        self._list = QWidget()
        self._cards = QVBoxLayout(self._list)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(10)
        self.whole(self._list)
        self.end()

    def show_trouble(self, why: str) -> None:
        self._state.setText(why)
        self._state.show()

    def show_reports(self, reports: Sequence[SourceReport]) -> None:
        self._state.setText(tr("This workspace reads no tool's files on its machine."))
        self._state.setVisible(not reports)
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for report in sorted(reports, key=lambda report: (not report.sessions, report.name)):
            self._cards.addWidget(_card(report))


def _card(report: SourceReport) -> QFrame:
    card = QFrame()
    card.setProperty("variant", "card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(14, 10, 14, 10)
    layout.setSpacing(3)
    name = QLabel(f"<b>{_plain(tool_name(report.name))}</b>")
    state = QLabel(_state_words(report))
    state.setProperty("role", "danger" if report.state is SourceState.FAILED else "faint")
    head = QHBoxLayout()
    head.addWidget(name)
    head.addStretch(1)
    head.addWidget(state)
    layout.addLayout(head)
    root = QLabel(report.root)
    root.setTextFormat(Qt.TextFormat.PlainText)
    root.setProperty("role", "mono")
    root.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    root.setWordWrap(True)
    layout.addWidget(root)
    if report.problems:
        problems = QLabel("\n".join(_problem_lines(report)))
        problems.setTextFormat(Qt.TextFormat.PlainText)
        problems.setProperty("role", "danger")
        problems.setWordWrap(True)
        problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(problems)
    return card


def _state_words(report: SourceReport) -> str:
    match report.state:
        case SourceState.MISSING:
            return tr("not found")
        case SourceState.FAILED:
            return tr("cannot be read")
        case SourceState.INDEXING:
            return tr("reading {done} of {total} files", done=report.files_done, total=report.files)
        case SourceState.LIVE:
            return plural(report.sessions, "{n} session", "{n} sessions")


def _problem_lines(report: SourceReport) -> list[str]:
    shown = report.problems[:_MAX_PROBLEMS]
    lines = [
        f"{problem.file}:{problem.line}: {problem.detail}" if problem.line else f"{problem.file}: {problem.detail}"
        for problem in shown
    ]
    rest = len(report.problems) - len(shown)
    if rest:
        lines.append(plural(rest, "and {n} more", "and {n} more"))
    return lines


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
