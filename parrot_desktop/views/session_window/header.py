"""The head of a session: what it is, whose, how it stands, and what the caller may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from parrot_desktop.actions import SPEC_OF, ActionId
from parrot_desktop.i18n import tr
from parrot_desktop.theme.icons import icon
from parrot_desktop.views.tool_button import ToolButton
from parrot_desktop.views.widgets.painted import AvatarLabel, KindTile, PillLabel, StatusLabel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parrot_desktop.domain.row_view import RowView
    from parrot_desktop.theme.theme import Theme
    from parrot_desktop.views.delegates.paint_kit import PaintKits

HEIGHT = 60

_BUTTONS = (ActionId.RESUME, ActionId.OPEN_EDITOR, ActionId.COPY_LINK, ActionId.END, ActionId.CANCEL)
"""In the order in which they stand; as the window narrows they lose their words, the last ones first."""

_MENU = (ActionId.EXPORT_SESSION, ActionId.REVEAL_FILE, ActionId.COPY_ID, ActionId.COPY_RESUME_COMMAND)


class ElidedLabel(QLabel):
    """One line that is cut where it does not fit; the whole is its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_words(self, text: str) -> None:
        if text != self.text():
            self.setText(text)
            self.setToolTip(text)
            self.updateGeometry()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())

    @override
    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = QFontMetrics(self.font())
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, text)


class TitleBlock(QWidget):
    """Tile, title, badge; under it avatar, owner, short id."""

    def __init__(self, theme: Theme, kits: PaintKits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tile = KindTile(kits)
        self.title = ElidedLabel()
        self._badge = PillLabel(kits, height=20)
        self._avatar = AvatarLabel(kits)
        self._owner = ElidedLabel()
        self._owner.setProperty("role", "muted")
        self._short_id = QLabel()
        self._short_id.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.title)
        top.addWidget(self._badge)
        top.addStretch(1)
        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        bottom.addWidget(self._avatar)
        bottom.addWidget(self._owner)
        bottom.addWidget(self._short_id)
        bottom.addStretch(1)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addStretch(1)
        column.addLayout(top)
        column.addLayout(bottom)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._tile, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(column, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_row(self, view: RowView) -> None:
        self._tile.set_kind(view.kind_glyph, view.kind_word)
        self.title.set_words(view.title)
        self._badge.setVisible(view.badge is not None)
        if view.badge is not None:
            self._badge.set_pill(view.badge, lambda kit: kit.tokens.info)
        self._avatar.set_person(view.owner)
        self._owner.set_words(view.owner.name)
        self._short_id.setText(view.short_id)
        self._short_id.setAccessibleName(tr("Id {id}", id=view.short_id))

    def _restyle(self) -> None:
        fonts = self._theme.fonts
        self.title.setFont(fonts.title_bold)
        self._owner.setFont(fonts.body)
        self._short_id.setFont(fonts.mono)
        palette = self._short_id.palette()
        palette.setColor(self._short_id.foregroundRole(), self._theme.tokens.faint)
        self._short_id.setPalette(palette)
        muted = self._owner.palette()
        muted.setColor(self._owner.foregroundRole(), self._theme.tokens.muted)
        self._owner.setPalette(muted)


class SessionHeader(QWidget):
    """``action_requested`` carries an ActionId. What is not allowed is not there."""

    action_requested = Signal(object)

    def __init__(self, theme: Theme, kits: PaintKits, actions: Mapping[ActionId, QAction]) -> None:
        super().__init__()
        self._theme = theme
        self._actions = actions
        self._view: RowView | None = None
        self._editor = tr("Open in editor")
        self._block = TitleBlock(theme, kits)
        self._status = StatusLabel(kits)
        self.buttons: dict[ActionId, QPushButton] = {}
        self.menu = QMenu(self)
        self._in_menu: list[ActionId] = []
        self._more = ToolButton(theme, "ellipsis", menu=self.menu, is_quiet=True)
        self._more.setAccessibleName(tr("More actions"))
        self._more.setToolTip(tr("More actions"))
        row = QHBoxLayout(self)
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._block)
        row.addSpacing(10)
        row.addWidget(self._status)
        row.addStretch(1)
        for action in _BUTTONS:
            button = QPushButton()
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            if action is ActionId.RESUME:
                button.setProperty("variant", "primary")
            elif action is ActionId.CANCEL:
                button.setProperty("variant", "danger")
            button.clicked.connect(lambda _=False, which=action: self.action_requested.emit(which))
            button.hide()
            self.buttons[action] = button
            row.addWidget(button)
        row.addWidget(self._more)
        self._more.hide()
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_editor(self, name: str) -> None:
        """What the button that opens the editor says: "Open in VS Code"."""
        self._editor = name
        self._fit()

    def set_reduced_motion(self, reduced: bool) -> None:
        self._status.clock.set_reduced_motion(reduced)

    def show_row(self, view: RowView) -> None:
        self._view = view
        self._block.show_row(view)
        self._status.set_row(view)
        offered = [action for action in _MENU if SPEC_OF[action].enabled((view.row,)) and action in self._actions]
        if offered != self._in_menu:
            self._in_menu = offered
            self.menu.clear()
            for action in offered:
                self.menu.addAction(self._actions[action])
            self._more.setVisible(bool(offered))
        self._fit()

    @property
    def offered(self) -> list[ActionId]:
        """The actions whose buttons are there."""
        return [action for action, button in self.buttons.items() if not button.isHidden()]

    @override
    def minimumSizeHint(self) -> QSize:
        """Buttons lose their words before the window stops shrinking."""
        return QSize(360, self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), tokens.surface)
            painter.fillRect(0, self.height() - 1, self.width(), 1, tokens.border)

    def _fit(self) -> None:
        """Which buttons are there, and which of them have room for their words."""
        if self._view is None:
            return
        rows = (self._view.row,)
        offered = [action for action in _BUTTONS if SPEC_OF[action].enabled(rows)]
        metrics = QFontMetrics(self._theme.fonts.body)
        room = self.width() * 0.62 - 40
        words: dict[ActionId, str] = {action: self._word(action) for action in offered}
        needed = {action: metrics.horizontalAdvance(word) + 52 for action, word in words.items()}
        while sum(needed.values()) > room and any(words.values()):
            last = next(action for action in reversed(offered) if words[action])
            words[last], needed[last] = "", 44
        for action, button in self.buttons.items():
            button.setVisible(action in offered)
            if action in offered:
                # The style leaves too little room between icon and words.
                button.setText(f" {words[action]}" if words[action] else "")
                button.setAccessibleName(self._word(action))
                # Keys work window-wide by the actions; here they are told.
                button.setToolTip(self._actions[action].toolTip() if action in self._actions else self._word(action))

    def _word(self, action: ActionId) -> str:
        match action:
            case ActionId.RESUME:
                return tr("Resume in Chat")
            case ActionId.OPEN_EDITOR:
                return self._editor
            case ActionId.COPY_LINK:
                return tr("Copy link")
            case ActionId.END:
                return tr("End")
            case _:
                return tr("Cancel")

    def _restyle(self) -> None:
        tokens = self._theme.tokens
        self.setFixedHeight(max(HEIGHT, round(HEIGHT * self._theme.text_scale)))
        inks = {ActionId.RESUME: tokens.on_accent, ActionId.CANCEL: tokens.danger}
        glyphs = {
            ActionId.RESUME: "play",
            ActionId.OPEN_EDITOR: "code",
            ActionId.COPY_LINK: "copy",
            ActionId.END: "circle-check",
            ActionId.CANCEL: "square",
        }
        for action, button in self.buttons.items():
            button.setIcon(icon(glyphs[action], inks.get(action, tokens.text), size_px=15))
            button.setIconSize(QSize(15, 15))
        self._fit()
        self.update()
