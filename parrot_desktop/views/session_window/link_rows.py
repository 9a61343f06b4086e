"""Rows that lead somewhere: sessions that this one started, and what it made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.domain.cost_caption import cost_caption
from parrot_desktop.domain.row_view import make_row_view
from parrot_desktop.domain.transcript.clean import one_line
from parrot_desktop.i18n import QtWords, plural, tr
from parrot_desktop.richtext.markdown import link_target
from parrot_desktop.theme.icons import icon_pixmap
from parrot_desktop.views.mirroring import place_on
from parrot_desktop.views.session_window.card import Card
from parrot_wire.cost import add
from parrot_wire.values import ArtifactKind, StatusGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parrot_desktop.domain.people import Person
    from parrot_desktop.theme.theme import Theme
    from parrot_wire.session import Artifact, Row

_INDENT = 18
_MAX_DEPTH = 6
SHOWN = 12

_ARTIFACT_ICONS = {
    ArtifactKind.PULL_REQUEST: "git-pull-request",
    ArtifactKind.PLAN: "clipboard-list",
    ArtifactKind.FILE: "file-text",
    ArtifactKind.LINK: "link",
}


class LinkRow(QAbstractButton):
    """Glyph, title, a quiet word or two, and a figure at the right. ``dot`` is a status group's colour."""

    def __init__(
        self,
        theme: Theme,
        glyph: str,
        title: str,
        meta: str = "",
        figure: str = "",
        *,
        depth: int = 0,
        dot: StatusGroup | None = None,
        leads: bool = True,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._glyph, self._title, self._meta, self._figure = glyph, title, meta, figure
        self._depth, self._dot, self._leads = min(depth, _MAX_DEPTH), dot, leads
        self.setAccessibleName(", ".join(word for word in (title, meta, figure) if word))
        self.setToolTip(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if leads:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def sizeHint(self) -> QSize:
        return QSize(160, QFontMetrics(self._theme.fonts.body).height() + 13)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, fonts = self._theme.tokens, self._theme.fonts
        body, meta = QFontMetrics(fonts.body), QFontMetrics(fonts.meta)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lit = self._leads and (self.underMouse() or self.isDown())
            if lit or self.hasFocus():
                painter.setPen(QPen(tokens.accent, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
                painter.setBrush(tokens.hover if lit else Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
            x = 6 + self._depth * _INDENT
            middle = self.height() // 2
            left = place_on(self, x, 14)
            painter.drawPixmap(left, middle - 7, icon_pixmap(self._glyph, tokens.muted, 14, self.devicePixelRatioF()))
            x += 22
            right = self.width() - 6
            if self._figure:
                width = body.horizontalAdvance(self._figure)
                right -= width
                painter.setFont(fonts.body)
                painter.setPen(tokens.text)
                painter.drawText(place_on(self, right, width), middle + body.ascent() // 2 - 1, self._figure)
                right -= 12
            if self._dot is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.status(self._dot).ink)
                painter.drawEllipse(QRect(place_on(self, x, 7), middle - 3, 7, 7))
                x += 14
            painter.setFont(fonts.body)
            painter.setPen(tokens.accent if self._leads and lit else tokens.text)
            meta_width = meta.horizontalAdvance(self._meta) + 10 if self._meta else 0
            title = body.elidedText(self._title, Qt.TextElideMode.ElideRight, max(40, right - x - meta_width))
            width = body.horizontalAdvance(title)
            painter.drawText(place_on(self, x, width), middle + body.ascent() // 2 - 1, title)
            x += width + 10
            if self._meta and right - x > 20:
                painter.setFont(fonts.meta)
                painter.setPen(tokens.faint)
                text = meta.elidedText(self._meta, Qt.TextElideMode.ElideRight, right - x)
                left = place_on(self, x, meta.horizontalAdvance(text))
                painter.drawText(left, middle + body.ascent() // 2 - 1, text)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)


class _Rows(Card):
    """A card of link rows."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__(theme, title)
        self._column = QVBoxLayout()
        self._column.setSpacing(1)
        self.body.addLayout(self._column)
        self.hide()

    @property
    def rows(self) -> list[LinkRow]:
        items = (self._column.itemAt(number) for number in range(self._column.count()))
        return [row for item in items if item is not None and isinstance(row := item.widget(), LinkRow)]

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _add(self, row: QWidget) -> None:
        self._column.addWidget(row)


class ChildrenCard(_Rows):
    """Subagents and background tasks as a tree, each with its cost; the sum stands once, above."""

    session_activated = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Agents and tasks"))
        self._words = QtWords()
        self._shown: tuple[Row, ...] = ()
        self._all = False

    def show_children(self, children: Sequence[Row], people: Mapping[str, Person]) -> None:
        """Costs are absent where they are withheld."""
        self.setVisible(bool(children))
        if tuple(children) == self._shown:
            return
        self._shown = tuple(children)
        self._clear()
        costs = [child.cost for child in children]
        # What a child's own children spent is in its cost already: only the top of the tree is added up.
        known = {child.id for child in children}
        tops = [child.cost for child in children if child.parent not in known]
        if children and all(cost is not None for cost in costs):
            self.figure.setText(cost_caption(add(tops), self._words) or "")
        else:
            self.figure.clear()
        ordered = _tree(children)
        for child, depth in ordered if self._all else ordered[:SHOWN]:
            self._add(self._row(child, depth, people))
        if len(ordered) > SHOWN and not self._all:
            self._add(self._more(len(ordered), people))

    def _row(self, child: Row, depth: int, people: Mapping[str, Person]) -> LinkRow:
        view = make_row_view(child, people, self._words)
        figure = cost_caption(child.cost, self._words) or ""
        meta = f"{view.status_word} · {view.progress}"
        row = LinkRow(self._theme, view.kind_glyph, view.title, meta, figure, depth=depth, dot=view.group)
        row.clicked.connect(lambda _=False, which=child.id: self.session_activated.emit(which))
        return row

    def _more(self, count: int, people: Mapping[str, Person]) -> LinkRow:
        row = LinkRow(self._theme, "ellipsis", plural(count, "Show {n}", "Show all {n}"))

        def show_all() -> None:
            shown, self._shown, self._all = self._shown, (), True
            self.show_children(shown, people)

        row.clicked.connect(lambda _=False: show_all())
        return row


def _tree(children: Sequence[Row]) -> list[tuple[Row, int]]:
    """Each under its parent where that is among them, in the order in which they began."""
    known = {child.id for child in children}
    under: dict[str | None, list[Row]] = {}
    for child in sorted(children, key=lambda each: each.started_at):
        under.setdefault(child.parent if child.parent in known else None, []).append(child)
    found: list[tuple[Row, int]] = []
    todo = [(child, 0) for child in reversed(under.get(None, []))]
    while todo:
        child, depth = todo.pop()
        found.append((child, depth))
        todo.extend((each, depth + 1) for each in reversed(under.pop(child.id, [])))
    return found


class ArtifactsCard(_Rows):
    """What a run made: pull requests and links for the browser, plans and files for the editor."""

    link_activated = Signal(str)
    """An address: http(s), or ``file:PATH``."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Artifacts"))
        self._shown: tuple[Artifact, ...] = ()

    def show_artifacts(self, artifacts: Sequence[Artifact]) -> None:
        self.setVisible(bool(artifacts))
        if tuple(artifacts) == self._shown:
            return
        self._shown = tuple(artifacts)
        self._clear()
        for artifact in artifacts:
            target = link_of(artifact)
            row = LinkRow(
                self._theme, _ARTIFACT_ICONS[artifact.kind], one_line(artifact.title), leads=target is not None
            )
            if target is not None:
                row.setToolTip(target)
                row.clicked.connect(lambda _=False, where=target: self.link_activated.emit(where))
            self._add(row)


def link_of(artifact: Artifact) -> str | None:
    """Where an artifact may lead; None where it is text."""
    return link_target(artifact.url) if artifact.url else None
