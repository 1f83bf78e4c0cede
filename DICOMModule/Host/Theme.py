"""The look of the host: a calm palette, dark or light, and the style sheet made of it."""

from __future__ import annotations

import sys

from qtpy.QtCore import QSettings
from qtpy.QtGui import QColor, QFont, QFontDatabase, QPalette
from qtpy.QtWidgets import QApplication, QStyleFactory

from .Icons import styleIcons

# Images are looked at on black, whatever is around them.
_VIEWS_COLORS = {
    "viewBackground": "#08090B",
    "viewBackground3DTop": "#333D4B",
    "viewBackground3DBottom": "#14181E",
    "viewText": "#C9D1DA",
    "viewLetters": "#E6C478",
    "crosshair": "#F0C850",
}
DARK_COLORS = {
    "window": "#22262B",
    "panel": "#282D33",
    "base": "#1B1E22",
    "alternate": "#20242A",
    "raised": "#333941",
    "hover": "#3C444D",
    "border": "#3A4149",
    "borderSoft": "#2E343B",
    "text": "#D9DEE4",
    "textSoft": "#98A2AD",
    "textOff": "#666F79",
    "accent": "#4A9FE0",
    "accentDeep": "#2B5F8C",
    "selection": "#2C5479",
    "warning": "#E0A84A",
    "error": "#E06C62",
    "good": "#76B26B",
    **_VIEWS_COLORS,
}
LIGHT_COLORS = {
    "window": "#EEF0F3",
    "panel": "#E4E8EC",
    "base": "#FFFFFF",
    "alternate": "#F5F7F9",
    "raised": "#DBE0E6",
    "hover": "#CDD5DD",
    "border": "#B4BDC7",
    "borderSoft": "#D3D9DF",
    "text": "#1C2227",
    "textSoft": "#4B5661",
    "textOff": "#75808B",
    "accent": "#1B74BC",
    "accentDeep": "#8FC1EA",
    "selection": "#B5D7F4",
    "warning": "#8A5A00",
    "error": "#B3261E",
    "good": "#2B6E31",
    **_VIEWS_COLORS,
}
SYSTEM, DARK, LIGHT = "System", "Dark", "Light"
_SYSTEM_PROPERTY = "systemIsLight"

COLORS = dict(DARK_COLORS)
"""The colours of the look that is on: :func:`applyTheme` changes them, so they are read where they are needed."""

# 3D Slicer's colours of the three slice views: people know their views by them.
SLICE_COLORS = {"Red": "#F34A33", "Yellow": "#EDD54C", "Green": "#6EB04B"}


def rgb(name: str) -> tuple[float, float, float]:
    """A palette colour (or "#rrggbb") as red, green, blue in 0 to 1, the way VTK wants it."""
    color = QColor(COLORS.get(name, name))
    return color.redF(), color.greenF(), color.blueF()


def themePalette() -> QPalette:
    """Palette for every widget that style sheets do not reach, disabled state included."""
    palette = QPalette()
    roles = {
        QPalette.Window: "window", QPalette.WindowText: "text", QPalette.Base: "base", QPalette.Text: "text",
        QPalette.AlternateBase: "alternate", QPalette.ToolTipBase: "raised", QPalette.ToolTipText: "text",
        QPalette.Button: "raised", QPalette.ButtonText: "text", QPalette.BrightText: "error", QPalette.Link: "accent",
        QPalette.LinkVisited: "accent", QPalette.Highlight: "selection", QPalette.HighlightedText: "text",
        QPalette.PlaceholderText: "textOff",
        QPalette.Light: "hover", QPalette.Midlight: "raised", QPalette.Mid: "border", QPalette.Dark: "base",
        QPalette.Shadow: "base",
    }  # fmt: skip
    for role, name in roles.items():
        palette.setColor(role, QColor(COLORS[name]))
    for role in (QPalette.WindowText, QPalette.Text, QPalette.ButtonText, QPalette.HighlightedText):
        palette.setColor(QPalette.Disabled, role, QColor(COLORS["textOff"]))
    return palette


def monospaceFont() -> QFont:
    """The system's font for code, in the size of the window's text."""
    font = QFontDatabase.systemFont(QFontDatabase.FixedFont)
    font.setPixelSize(12)
    return font


def applyTheme(application: QApplication, appearance: str = SYSTEM) -> None:
    """Give a whole Qt application this look: Fusion, which follows a palette on every platform, and our style sheet.

    :param appearance: DARK, LIGHT, or SYSTEM: as the desktop was when this was first called; dark where it says nothing
    """
    if application.property(_SYSTEM_PROPERTY) is None:
        application.setProperty(_SYSTEM_PROPERTY, isSystemLight(application.palette()))
    isLight = appearance == LIGHT or (appearance == SYSTEM and application.property(_SYSTEM_PROPERTY))
    COLORS.update(LIGHT_COLORS if isLight else DARK_COLORS)
    application.setStyle(QStyleFactory.create("Fusion"))
    application.setPalette(themePalette())
    application.setStyleSheet(styleSheet())


def isLight() -> bool:
    """Whether the look that is on is the light one."""
    return COLORS["window"] == LIGHT_COLORS["window"]


def isSystemLight(palette: QPalette) -> bool:
    """Whether a desktop asks for light windows.

    :param palette: of the application before it has a look. One that is Qt's own is nobody's choice
    """
    if sys.platform == "win32":
        return _isWindowsLight()
    background = palette.color(QPalette.Window)
    isChosen = background != QStyleFactory.create("Fusion").standardPalette().color(QPalette.Window)
    return isChosen and background.lightness() > 127


def _isWindowsLight() -> bool:
    """Qt 5 does not ask Windows for it."""
    key = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
    return str(QSettings(key, QSettings.NativeFormat).value("AppsUseLightTheme", "1")) != "0"


def styleSheet() -> str:
    """The style sheet with the palette and the paths of its small pictures filled in."""
    values = dict(COLORS, **styleIcons(isLight()))
    return "\n".join(part % values for part in (_FRAME, _PARTS, _CONTROLS, _FIELDS, _VIEWS, _SCROLLBARS))


_FRAME = """
QWidget { font-size: 12px; }
QMainWindow, QDialog { background: %(window)s; }
QMainWindow::separator { background: %(base)s; width: 4px; height: 4px; }
QMainWindow::separator:hover { background: %(accentDeep)s; }
QMenuBar { background: %(window)s; padding: 2px 4px; border-bottom: 1px solid %(base)s; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %(hover)s; }
QMenu { background: %(panel)s; border: 1px solid %(border)s; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 3px; }
QMenu::item:selected { background: %(selection)s; }
QMenu::item:disabled { color: %(textOff)s; }
QMenu::icon { left: 6px; }
QMenu::separator { height: 1px; background: %(border)s; margin: 4px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { image: url(%(checkIcon)s); }
QToolBar { background: %(window)s; border: none; border-bottom: 1px solid %(base)s; padding: 3px 6px; spacing: 3px; }
QToolBar::separator { background: %(border)s; width: 1px; margin: 4px 5px; }
QStatusBar { background: %(window)s; border-top: 1px solid %(base)s; color: %(textSoft)s; }
QStatusBar::item { border: none; }
QDockWidget { font-weight: 600; color: %(textSoft)s;
    titlebar-close-icon: url(%(closeIcon)s); titlebar-normal-icon: url(%(floatIcon)s); }
QDockWidget::title { background: %(window)s; padding: 4px 8px; text-align: left; border-bottom: 1px solid %(base)s; }
QDockWidget::close-button, QDockWidget::float-button { border: none; background: transparent; padding: 1px; }
QDockWidget::close-button, QDockWidget::float-button { icon-size: 12px; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: %(hover)s; border-radius: 3px; }
QToolTip { background: %(raised)s; color: %(text)s; border: 1px solid %(border)s; padding: 4px 6px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QGroupBox { border: 1px solid %(border)s; border-radius: 5px; margin-top: 9px; padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 9px; padding: 0 4px; color: %(textSoft)s; }
QSplitter::handle { background: %(base)s; }
QSplitter::handle:hover { background: %(accentDeep)s; }
QTabWidget::pane { border: 1px solid %(border)s; border-radius: 4px; top: -1px; }
QTabBar::tab { background: transparent; color: %(textSoft)s; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: %(text)s; border-bottom: 2px solid %(accent)s; }
QTabBar::tab:hover { color: %(text)s; }
"""

# Parts of the window, by the names of their widgets.
_PARTS = """
QLabel[tone="soft"] { color: %(textSoft)s; }
QLabel[tone="warning"] { color: %(warning)s; }
QLabel#voxelProbe { color: %(text)s; }
#sliceController, #threeDController { background: %(panel)s; }
#slicePosition { color: %(textSoft)s; font-size: 11px; }
#threeDTitle { color: %(textSoft)s; }
#sequenceBar { background: %(panel)s; border-top: 1px solid %(base)s; }
#sequencePosition, #sequenceValue { color: %(textSoft)s; }
#emptyState { background: %(panel)s; border: 1px solid %(border)s; border-radius: 10px; }
#emptyTitle { font-size: 16px; font-weight: 600; color: %(text)s; }
#emptyHint { color: %(textSoft)s; }
QPlainTextEdit#consoleOutput { background: %(base)s; border: none; }
"""

_CONTROLS = """
QPushButton { background: %(raised)s; border: 1px solid %(border)s; border-radius: 4px; padding: 5px 12px; }
QPushButton:hover { background: %(hover)s; }
QPushButton:pressed { background: %(base)s; }
QPushButton:focus { border-color: %(accent)s; }
QPushButton:default { background: %(accentDeep)s; border-color: %(accentDeep)s; }
QPushButton:default:hover { background: %(accent)s; }
QPushButton:disabled { color: %(textOff)s; background: %(panel)s; border-color: %(borderSoft)s; }
QPushButton:checked { background: %(selection)s; border-color: %(accentDeep)s; }
QPushButton::menu-indicator { image: url(%(downIcon)s); width: 12px; subcontrol-position: right center; right: 6px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; }
QToolButton:hover { background: %(hover)s; }
QToolButton:pressed { background: %(base)s; }
QToolButton:checked { background: %(selection)s; }
QToolButton:focus { border-color: %(accentDeep)s; }
QToolButton:disabled { color: %(textOff)s; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 18px; }
QToolButton::menu-button { border: none; border-radius: 4px; width: 16px; }
QToolButton::menu-button:hover { background: %(accentDeep)s; }
QToolButton::menu-arrow { image: url(%(downIcon)s); width: 10px; height: 10px; }
QCheckBox, QRadioButton { spacing: 6px; }
QCheckBox::indicator, QRadioButton::indicator, QGroupBox::indicator { width: 14px; height: 14px;
    background: %(base)s; border: 1px solid %(textOff)s; }
QCheckBox::indicator, QGroupBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QGroupBox::indicator:hover { border-color: %(accent)s; }
QCheckBox::indicator:checked, QGroupBox::indicator:checked { image: url(%(checkIcon)s); background: %(accentDeep)s;
    border-color: %(accentDeep)s; }
QRadioButton::indicator:checked { border-color: %(accent)s; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 %(accent)s, stop: 0.55 %(accent)s, stop: 0.65 %(base)s, stop: 1 %(base)s); }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: %(raised)s; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: %(accentDeep)s; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: %(textSoft)s; }
QSlider::handle:horizontal:hover { background: %(text)s; }
QSlider::handle:horizontal:disabled { background: %(raised)s; }
QSlider::sub-page:horizontal:disabled { background: %(raised)s; }
QProgressBar { background: %(base)s; border: 1px solid %(border)s; border-radius: 4px; text-align: center;
    min-height: 14px; }
QProgressBar::chunk { background: %(accentDeep)s; border-radius: 3px; }
"""

_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
    background: %(base)s; border: 1px solid %(border)s; border-radius: 4px; padding: 4px 6px;
    selection-background-color: %(selection)s; selection-color: %(text)s; }
QLineEdit#tableSearch { padding: 2px 6px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border-color: %(accent)s; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: %(textOff)s; background: %(window)s; border-color: %(borderSoft)s; }
QComboBox { background: %(raised)s; padding-right: 18px; }
QComboBox:hover { background: %(hover)s; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(%(downIcon)s); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: %(panel)s; border: 1px solid %(border)s; outline: none;
    selection-background-color: %(selection)s; padding: 2px; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    border: none; background: transparent; width: 15px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(%(upIcon)s); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(%(downIcon)s); width: 10px; height: 10px; }
"""

_VIEWS = """
QAbstractItemView { background: %(base)s; alternate-background-color: %(alternate)s; border: 1px solid %(borderSoft)s;
    border-radius: 4px; outline: none; selection-background-color: %(selection)s; selection-color: %(text)s; }
QTreeView::item, QListView::item { padding: 3px 2px; }
QAbstractItemView::item:hover { background: %(panel)s; }
QAbstractItemView::item:selected { background: %(selection)s; color: %(text)s; }
QTreeView::branch { background: transparent; }
QTreeView::branch:has-children:closed { image: url(%(rightIcon)s); }
QTreeView::branch:has-children:open { image: url(%(downIcon)s); }
QTableView { gridline-color: %(borderSoft)s; }
QAbstractItemView::indicator { width: 13px; height: 13px; background: %(base)s; border: 1px solid %(border)s;
    border-radius: 3px; }
QAbstractItemView::indicator:checked { image: url(%(checkIcon)s); background: %(accentDeep)s;
    border-color: %(accentDeep)s; }
QAbstractItemView::indicator:indeterminate { border-color: %(accentDeep)s; background: qlineargradient(x1: 0, y1: 0,
    x2: 0, y2: 1, stop: 0 %(base)s, stop: 0.38 %(base)s, stop: 0.4 %(accent)s, stop: 0.6 %(accent)s,
    stop: 0.62 %(base)s, stop: 1 %(base)s); }
QHeaderView { background: %(panel)s; }
QHeaderView::section { background: %(panel)s; color: %(textSoft)s; border: none; border-right: 1px solid %(borderSoft)s;
    border-bottom: 1px solid %(borderSoft)s; padding: 3px 6px; }
QHeaderView::section:hover { color: %(text)s; }
QHeaderView::down-arrow { image: url(%(downIcon)s); width: 10px; height: 10px; }
QHeaderView::up-arrow { image: url(%(upIcon)s); width: 10px; height: 10px; }
QTableCornerButton::section { background: %(panel)s; border: none; }
QScrollArea, QScrollArea > QWidget > QWidget#scrolledPage { background: %(window)s; border: none; }
"""

_SCROLLBARS = """
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: %(raised)s; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: %(hover)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
"""
