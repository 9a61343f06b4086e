"""The one style sheet: what palette and painters cannot say (rounded buttons, fields, scroll bars).

Widgets ask for a variant by a dynamic property: ``variant`` is ``primary``, ``danger``, ``quiet``, ``link``,
``card`` or ``line``; ``role`` is ``heading``, ``section``, ``muted``, ``faint`` or ``mono`` on labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from parrot_desktop.theme.resources import resource_path

if TYPE_CHECKING:
    from parrot_desktop.theme.fonts import Fonts
    from parrot_desktop.theme.tokens import Tokens


def make_stylesheet(tokens: Tokens, fonts: Fonts) -> str:
    t = tokens
    mono = fonts.mono.families()[0]
    # A style sheet can neither tint a picture nor hold one: a check mark for light grounds, and one for dark.
    check = resource_path(f"marks/check-{'black' if t.is_dark else 'white'}.svg").as_posix()
    meta = fonts.meta.pointSizeF()
    return f"""
* {{ outline: 0; }}
QMainWindow, QDialog {{ background: {_css(t.window)}; }}
QToolTip {{
  background: {_css(t.raised)}; color: {_css(t.text)}; border: 1px solid {_css(t.border)};
  padding: 4px 6px; }}
QLabel[role="heading"] {{ font-size: {fonts.heading.pointSizeF():.2f}pt; font-weight: 600; }}
QLabel[role="section"] {{ color: {_css(t.faint)}; font-size: {meta * 0.94:.2f}pt; font-weight: 600; }}
QLabel[role="muted"] {{ color: {_css(t.muted)}; }}
QLabel[role="faint"] {{ color: {_css(t.faint)}; font-size: {meta:.2f}pt; }}
QLabel[role="mono"] {{
  font-family: "{mono}"; font-size: {fonts.mono.pointSizeF():.2f}pt; color: {_css(t.muted)}; }}
QLabel[role="danger"] {{ color: {_css(t.danger)}; }}
QFrame[variant="card"] {{
  background: {_css(t.surface)}; border: 1px solid {_css(t.border)}; border-radius: {t.radius.card}px; }}
QFrame[variant="line"] {{ background: {_css(t.border)}; border: 0; max-height: 1px; }}
QPushButton, QToolButton[variant] {{
  background: {_css(t.raised)}; color: {_css(t.text)}; border: 1px solid {_css(t.border)};
  border-radius: {t.radius.button}px; padding: 5px 11px; min-height: 18px; }}
QPushButton:hover, QToolButton[variant]:hover {{ background: {_css(t.hover)}; }}
QPushButton:pressed, QToolButton[variant]:pressed, QPushButton:checked {{ background: {_css(t.selected)}; }}
QPushButton:focus, QToolButton[variant]:focus {{ border-color: {_css(t.accent)}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton:disabled {{ color: {_css(t.faint)}; background: {_css(t.window)}; }}
QPushButton[variant="primary"] {{
  background: {_css(t.accent)}; color: {_css(t.on_accent)}; border-color: {_css(t.accent)};
  font-weight: 600; }}
QPushButton[variant="primary"]:hover {{ background: {_css(_shade(t.accent, t.is_dark))}; }}
QPushButton[variant="primary"]:focus {{ border-color: {_css(t.text)}; }}
QPushButton[variant="danger"] {{ color: {_css(t.danger)}; }}
QPushButton[variant="quiet"], QToolButton[variant="quiet"] {{
  background: transparent; border-color: transparent; padding: 5px 7px; }}
QPushButton[variant="quiet"]:hover, QToolButton[variant="quiet"]:hover {{ background: {_css(t.hover)}; }}
QPushButton[variant="quiet"]:focus, QToolButton[variant="quiet"]:focus {{ border-color: {_css(t.accent)}; }}
QPushButton[variant="link"] {{
  background: transparent; border: 1px solid transparent; color: {_css(t.accent)}; padding: 1px 2px; }}
QPushButton[variant="link"]:hover {{ text-decoration: underline; }}
QPushButton[variant="link"]:focus {{ border-color: {_css(t.accent)}; }}
QLineEdit, QPlainTextEdit {{
  background: {_css(t.window if t.is_dark else t.surface)}; color: {_css(t.text)};
  border: 1px solid {_css(t.border)}; border-radius: {t.radius.button}px; padding: 5px 9px; min-height: 18px;
  selection-background-color: {_css(t.accent)}; selection-color: {_css(t.on_accent)}; }}
QAbstractSpinBox QLineEdit {{ border: 0; padding: 1px 4px; min-height: 0; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border-color: {_css(t.accent)}; }}
QComboBox QAbstractItemView, QMenu {{
  background: {_css(t.raised)}; color: {_css(t.text)}; border: 1px solid {_css(t.border)}; padding: 4px; }}
QMenu::item {{ padding: 5px 22px 5px 10px; border-radius: 5px; }}
QMenu::icon {{ margin: 0 6px; }}
QMenu::item:selected {{ background: {_css(t.selected)}; color: {_css(t.text)}; }}
QMenu::item:disabled {{ color: {_css(t.faint)}; }}
QMenu::separator {{ height: 1px; background: {_css(t.border)}; margin: 4px 6px; }}
QMenuBar {{ background: {_css(t.surface)}; }}
QMenuBar::item {{ padding: 4px 8px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {_css(t.hover)}; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{
  background: {_css(_alpha(t.muted, 90))}; border-radius: 4px; margin: 2px; min-height: 28px;
  min-width: 28px; }}
QScrollBar::handle:hover {{ background: {_css(_alpha(t.muted, 150))}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; border: 0; width: 0; height: 0; }}
QProgressBar {{ background: {_css(t.border)}; border: 0; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {_css(t.accent)}; border-radius: 2px; }}
QSplitter::handle {{ background: {_css(t.border)}; }}
QMainWindow::separator {{ background: {_css(t.border)}; width: 1px; height: 1px; }}
QStatusBar {{ background: {_css(t.surface)}; border-top: 1px solid {_css(t.border)}; }}
QStatusBar::item {{ border: 0; }}
QTabBar::tab {{
  background: transparent; color: {_css(t.muted)}; border: 0; border-bottom: 2px solid transparent;
  padding: 7px 12px; }}
QTabBar::tab:selected {{ color: {_css(t.text)}; border-bottom-color: {_css(t.accent)}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {_css(t.border)}; }}
#side {{ background: {_css(t.surface)}; }}
QTableView#turns {{ background: transparent; }}
QListWidget#settings-names {{
  background: {_css(t.surface)}; border: 0; border-right: 1px solid {_css(t.border)}; padding: 10px 8px; }}
QListWidget#settings-names::item {{ padding: 7px 10px; border-radius: 6px; color: {_css(t.text)}; }}
QListWidget#settings-names::item:hover {{ background: {_css(t.hover)}; }}
QListWidget#settings-names::item:selected {{ background: {_css(t.selected)}; color: {_css(t.text)}; }}
QCheckBox, QRadioButton {{ spacing: 8px; }}
QCheckBox::indicator {{
  width: 15px; height: 15px; border: 1px solid {_css(t.faint)}; border-radius: 4px; background: {_css(t.surface)}; }}
QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {_css(t.accent)}; }}
QCheckBox::indicator:checked {{
  background: {_css(t.accent)}; border-color: {_css(t.accent)}; image: url("{check}"); }}
"""


def _css(colour: QColor) -> str:
    return colour.name() if colour.alpha() == 255 else colour.name(QColor.NameFormat.HexArgb)


def _alpha(colour: QColor, alpha: int) -> QColor:
    result = QColor(colour)
    result.setAlpha(alpha)
    return result


def _shade(colour: QColor, is_dark: bool) -> QColor:
    return colour.lighter(108) if is_dark else colour.darker(110)
