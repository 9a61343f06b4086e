"""The theme in force: follows the desktop or the person's choice, and tells everyone when it changes."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from parrot_desktop.theme.fonts import Fonts, load_fonts, make_fonts
from parrot_desktop.theme.palette import make_palette
from parrot_desktop.theme.tokens import ThemeName, Tokens, load_tokens


class ThemeChoice(StrEnum):
    """What a person can choose in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


class Theme(QObject):
    """Tokens and fonts in force. ``changed`` comes after either became another: read the properties again."""

    changed = Signal()

    def __init__(self, *, choice: ThemeChoice = ThemeChoice.SYSTEM, text_scale: float = 1.0) -> None:
        super().__init__()
        self._families = load_fonts()
        self._choice = choice
        self._scale: float = text_scale
        self._tokens = load_tokens(self._wanted())
        self._fonts = make_fonts(self._tokens, self._families, scale=text_scale)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._refresh)
        self._apply()

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    @property
    def fonts(self) -> Fonts:
        return self._fonts

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    @property
    def text_scale(self) -> float:
        """The text size setting: 1.0 is 100 %."""
        return self._scale

    def set_choice(self, choice: ThemeChoice) -> None:
        self._choice = choice
        self._refresh()

    def set_text_scale(self, scale: float) -> None:
        if scale != self._scale:
            self._scale = scale
            self._fonts = make_fonts(self._tokens, self._families, scale=scale)
            self._apply()
            self.changed.emit()

    def _refresh(self) -> None:
        wanted = self._wanted()
        if wanted is not self._tokens.name:
            self._tokens = load_tokens(wanted)
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        QGuiApplication.setPalette(make_palette(self._tokens))
        QGuiApplication.setFont(self._fonts.body)

    def _wanted(self) -> ThemeName:
        system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        match self._choice:
            case ThemeChoice.SYSTEM:
                return ThemeName.DARK if system_dark else ThemeName.LIGHT
            case ThemeChoice.LIGHT:
                return ThemeName.LIGHT
            case ThemeChoice.DARK:
                return ThemeName.DARK
            case ThemeChoice.HIGH_CONTRAST:
                return ThemeName.DARK_CONTRAST if system_dark else ThemeName.LIGHT_CONTRAST
