"""The look of the program: colours, spacing, type, and the style sheet made from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette


@dataclass
class Colors:
    """Every colour in use, as ``#rrggbb``.

    The recording is drawn on a dark `canvas` in both themes, as its colour maps begin dark.
    What is drawn on it has colours of its own: none is legible on dark and on light alike.
    """

    window: str = "#16181d"
    panel: str = "#1d2027"
    raised: str = "#272b34"
    border: str = "#31363f"
    field: str = "#0d0f13"
    canvas: str = "#0d0f13"
    on_canvas: str = "#e4e7ec"
    accent_on_canvas: str = "#63d8c6"
    open_on_canvas: str = "#ffb454"
    repaired_on_canvas: str = "#7fd88f"
    unchanged_on_canvas: str = "#b9c0cc"
    accepted_on_canvas: str = "#6cb6ff"
    danger_on_canvas: str = "#ff7b72"
    text: str = "#e4e7ec"
    dim_text: str = "#a6afbd"
    faint_text: str = "#6e7686"
    accent: str = "#4cc2b0"
    accent_strong: str = "#63d8c6"
    accent_quiet: str = "#1f4640"
    on_accent: str = "#07211d"
    selection: str = "#ffffff"
    region_open: str = "#ffb454"
    region_repaired: str = "#7fd88f"
    region_unchanged: str = "#b9c0cc"
    region_accepted: str = "#6cb6ff"
    playhead: str = "#ff6b6b"
    grid: str = "#2a2f38"
    waveform: str = "#9fb4cf"
    danger: str = "#ff7b72"
    warning_panel: str = "#3a2f1b"
    danger_panel: str = "#42252a"


DARK = Colors()
LIGHT = Colors(
    window="#eceef2",
    panel="#f8f9fb",
    raised="#dfe3ea",
    border="#c3c9d4",
    field="#ffffff",
    text="#1b1f27",
    dim_text="#566070",
    faint_text="#767e8b",
    accent="#0b766a",
    accent_strong="#085f56",
    accent_quiet="#c9ebe6",
    on_accent="#ffffff",
    region_open="#945409",
    region_repaired="#1e7440",
    region_unchanged="#566070",
    region_accepted="#1f66ad",
    danger="#b5302a",
    warning_panel="#fbeeda",
    danger_panel="#fbe3e1",
)
# The colours in use. There is one such object for good, and `use` changes what it holds, so what
# is painted reads it when it paints and keeps no colour of its own.
COLORS = Colors()
SPACING = 8
ICON_SIZE = 20
TEXT_PIXELS = 13
SMALL_PIXELS = 12

_STYLE = Template("""
* { font-size: 13px; }
QWidget { color: $text; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 8px; }

QMenuBar { background: $window; padding: 2px 4px; }
QMenuBar::item { padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: $raised; }
QFrame#tour { background: $panel; border: 2px solid $accent; border-radius: 8px; }
QMenu { background: $panel; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 8px; border-radius: 4px; }
QMenu::item:selected { background: $accent_quiet; }
QMenu::item:disabled { color: $faint_text; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QLabel#menuHeading { color: $dim_text; font-size: 11px; font-weight: 600;
                     padding: 6px 8px 2px 8px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border;
           padding: 4px 8px; spacing: 4px; }
QToolBar::separator { background: $border; width: 1px; margin: 6px 6px; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 5px; }
QToolButton[tight="true"] { padding: 5px 3px; }
QToolButton[popupMode="2"] { padding-right: 18px; }
QToolButton::menu-indicator { image: url($arrow_down); width: 12px; height: 12px;
    subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $border; }
QToolButton:checked { background: $accent_quiet; border-color: $accent; color: $accent_strong; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint_text; background: transparent; border-color: transparent; }
QToolButton[mode="true"] { color: $accent_strong; border-color: $accent; }
QToolButton#primary { background: $accent; color: $on_accent; font-weight: 600;
                      padding: 5px 12px; }
QToolButton#primary:hover { background: $accent_strong; }
QToolButton#primary:disabled { background: $raised; color: $faint_text; }
QToolButton#segmentLeft { border: 1px solid $border; border-top-right-radius: 0;
                          border-bottom-right-radius: 0; padding: 5px 10px; }
QToolButton#segmentRight { border: 1px solid $border; border-left: none;
                           border-top-left-radius: 0; border-bottom-left-radius: 0;
                           padding: 5px 10px; }
QToolButton#segmentMiddle { border: 1px solid $border; border-left: none; border-radius: 0;
                            padding: 5px 10px; }
QToolButton#segmentLeft:checked, QToolButton#segmentMiddle:checked,
QToolButton#segmentRight:checked { border-color: $accent; }
QToolBar#transport { border-bottom: none; border-top: 1px solid $border; padding: 6px 8px; }

QPushButton { background: $raised; border: 1px solid $border; border-radius: 6px;
              padding: 6px 12px; min-height: 18px; }
QPushButton:hover { border-color: $dim_text; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint_text; background: $panel; }
QPushButton:default, QPushButton#primary { background: $accent; border-color: $accent;
                                           color: $on_accent; }
QPushButton#primary { font-weight: 600; }
QPushButton:default:hover, QPushButton#primary:hover { background: $accent_strong; }
QPushButton:default:focus, QPushButton#primary:focus { border-color: $text; }
QPushButton:default:disabled, QPushButton#primary:disabled { background: $raised;
    border-color: $border; color: $faint_text; }
QPushButton#quiet { background: transparent; border-color: transparent; color: $dim_text; }
QPushButton#quiet:hover { background: $raised; color: $text; }
QPushButton#quiet:focus { border-color: $accent; }
QPushButton#recent { background: transparent; border-color: transparent; text-align: left;
                     padding: 6px 12px; }
QPushButton#recent:hover { background: $raised; }
QPushButton#recent:focus { border-color: $accent; }

QLineEdit, QComboBox, QAbstractSpinBox { background: $field; border: 1px solid $border;
    border-radius: 6px; padding: 4px 8px; min-height: 18px;
    selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $dim_text; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border-color: $accent; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $faint_text;
    background: $window; }
QLineEdit[wrong="true"] { border-color: $danger; }
QLineEdit#number { padding: 3px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url($arrow_down); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $border; padding: 4px;
    selection-background-color: $accent_quiet; selection-color: $text; outline: none; }
QAbstractSpinBox { padding-right: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; width: 18px; }
QAbstractSpinBox::up-arrow { image: url($arrow_up); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url($arrow_down); width: 10px; height: 10px; }

QMainWindow::separator { background: $window; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: $accent_quiet; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent_quiet; }

QTableView, QListView { background: $panel; border: 1px solid $border; border-radius: 6px;
    gridline-color: $panel; outline: none; font-size: 12px;
    selection-background-color: $accent_quiet; selection-color: $text; }
QTableView:focus, QListView:focus { border-color: $accent; }
QTableView::item { padding: 0 3px; }
QTableView QLineEdit { padding: 0 3px; min-height: 0; border-radius: 2px; font-size: 12px; }
QListView::item { padding: 5px 8px; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $dim_text; border: none;
    border-bottom: 1px solid $border; padding: 5px 6px; font-size: 12px; }
QHeaderView::up-arrow { image: url($arrow_up); }
QHeaderView::down-arrow { image: url($arrow_down); }
QHeaderView::up-arrow, QHeaderView::down-arrow { width: 12px; height: 12px;
    subcontrol-origin: border; subcontrol-position: top center; }
QTableCornerButton::section { background: $panel; border: none; }
QTabWidget::pane { border: none; }
QSlider { border: 1px solid transparent; border-radius: 4px; }
QTextEdit, QPlainTextEdit { background: $panel; border: 1px solid $border; border-radius: 6px; }
QSlider:focus, QTextEdit:focus, QPlainTextEdit:focus { border-color: $accent; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab { color: $dim_text; font-size: 12px; padding: 4px; border: 1px solid transparent;
    border-bottom-width: 2px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent_strong; border-color: $accent; border-radius: 4px; }
QTabBar::close-button { image: url($close); border-radius: 4px; }
QTabBar::close-button:hover { background: $border; }

QScrollBar:vertical { background: transparent; width: 10px; }
QScrollBar:horizontal { background: transparent; height: 10px; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px;
    min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $faint_text; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QProgressBar { background: $raised; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $border; border-radius: 4px;
    background: $field; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($check); }
QCheckBox::indicator:focus { border-color: $accent; }

QLabel#dim, QLabel#caption { color: $dim_text; }
QLabel#caption { font-size: 11px; }
QLabel#rowTitle { font-weight: 600; }
QLabel#empty { color: $dim_text; background: $panel; border: 1px solid $border;
               border-radius: 6px; }
QLabel#heading { font-size: 22px; font-weight: 600; }
QLabel#subheading { font-size: 14px; color: $dim_text; }
QLabel#clock { font-size: 18px; }
QFrame#message { background: $raised; border: 1px solid $accent; border-radius: 6px; }
QFrame#message[level="warning"] { background: $warning_panel; border-color: $region_open; }
QFrame#message[level="error"] { background: $danger_panel; border-color: $danger; }
QFrame#message QLabel { background: transparent; }
QFrame#drop { border: 2px dashed $border; border-radius: 12px; background: $panel; }
QFrame#drop[hover="true"] { border-color: $accent; background: $accent_quiet; }
QFrame#rule { background: $border; border: none; }
""")


def use(colors: Colors) -> None:
    """Make these the colours in use; what is on the screen must be painted anew."""
    for entry in fields(Colors):
        setattr(COLORS, entry.name, getattr(colors, entry.name))


def style_sheet(icons: dict[str, str]) -> str:
    """Return the style sheet; `icons` gives the files of the small pictures it draws."""
    return _STYLE.substitute(asdict(COLORS), **icons)


def palette() -> QPalette:
    """Return the colours for what the style sheet does not reach."""
    role = QPalette.ColorRole
    colors = QPalette()
    for target, color in (
        (role.Window, COLORS.window),
        (role.Base, COLORS.panel),
        (role.AlternateBase, COLORS.raised),
        (role.Button, COLORS.raised),
        (role.Text, COLORS.text),
        (role.WindowText, COLORS.text),
        (role.ButtonText, COLORS.text),
        (role.ToolTipBase, COLORS.raised),
        (role.ToolTipText, COLORS.text),
        (role.PlaceholderText, COLORS.dim_text),
        (role.Highlight, COLORS.accent),
        (role.HighlightedText, COLORS.on_accent),
        (role.Accent, COLORS.accent),
        (role.Link, COLORS.accent_strong),
    ):
        colors.setColor(target, QColor(color))
    for target in (role.Text, role.WindowText, role.ButtonText):
        colors.setColor(QPalette.ColorGroup.Disabled, target, QColor(COLORS.faint_text))
    return colors


def number_font(pixels: int = TEXT_PIXELS) -> QFont:
    """Return a font whose figures all have the same width, so that running numbers stand still."""
    font = QFont()
    font.setPixelSize(pixels)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
