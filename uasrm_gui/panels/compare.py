"""The candidates for a region side by side: what each is, how it looks, and a click to hear it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.inpainting.job import Candidate
from uasrm_core.translation import tr
from uasrm_gui.editor.colors import color_map
from uasrm_gui.panels.other_settings import OtherSettingsRow
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.proposals import COLUMNS, ROWS, Picture, Proposal
from uasrm_gui.theme import COLORS, SPACING
from uasrm_gui.widgets.formats import format_span
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.methods import name_of

ROW_HEIGHT = ROWS + 3 * SPACING


class ComparePanel(QWidget):
    """A list of candidates, best first; what is picked in it is heard."""

    def __init__(
        self,
        document: Document,
        comparison: Comparison,
        *,
        compare: QAction,
        take: QAction,
        apply: QAction,
    ) -> None:
        super().__init__()
        self._document = document
        self._comparison = comparison
        self._syncing = False
        self.list = CandidateList()
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemClicked.connect(lambda item: self._on_row(self.list.row(item)))
        self.list.itemActivated.connect(lambda item: self._comparison.apply())
        self.hint = QLabel()
        self.hint.setObjectName("dim")
        self.hint.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(SPACING, SPACING // 2, 0, 0)
        head.addWidget(self.hint, 1)
        head.addWidget(_button(compare))
        self.others = OtherSettingsRow(comparison)
        self.take = _button(take)
        self.apply = _button(apply)
        self.apply.setObjectName("primary")
        self.apply.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        foot = QHBoxLayout()
        foot.setSpacing(SPACING)
        foot.addWidget(self.others, 1)
        foot.addWidget(self.take)
        foot.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACING, SPACING)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addStretch(0)
        layout.addLayout(foot)
        comparison.changed.connect(self._fill)
        comparison.chosen_changed.connect(self._mark)
        self._fill()

    def _fill(self) -> None:
        """List the candidates as they are."""
        self._syncing = True
        self.list.clear()
        for number, proposal in enumerate(self._comparison.proposals):
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(number, proposal))
            self.list.addItem(item)
            self.list.setItemWidget(item, CandidateRow(number, proposal))
        self._syncing = False
        some = bool(self._comparison.proposals)
        self.list.setVisible(some)
        self.others.setVisible(some)
        self.take.setVisible(self._comparison.has_takes)
        self.apply.setVisible(some)
        self.others.setEnabled(not self._comparison.is_busy)
        self.hint.setText(self._hint())
        self._mark()

    def _hint(self) -> str:
        region, info = self._comparison.region, self._document.work.info
        if region is None or info is None:
            return tr("Select damage, or pick a region, and press K to compare ways to repair it.")
        what = format_span(region.start_frame, region.end_frame, info.rate)
        if self._comparison.is_busy:
            return tr("Making candidates for {what}…", what=what)
        return tr("Candidates for {what}; the digits play them, Ctrl+Return applies.", what=what)

    def _mark(self) -> None:
        """Show which candidate is heard and which one is applied."""
        self._syncing = True
        chosen = self._comparison.chosen
        self.list.setCurrentRow(-1 if chosen is None else chosen)
        applied = self._comparison.applied
        for number in range(self.list.count()):
            row = self.list.itemWidget(self.list.item(number))
            assert isinstance(row, CandidateRow)
            row.show_applied(number == applied)
        self._syncing = False

    def _on_row(self, row: int) -> None:
        if not self._syncing and row >= 0:
            self._comparison.audition(row)


class CandidateList(QListWidget):
    """The list's looks and manners: arrows audition, Return applies, digits are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Candidates"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # a list would take letters for a search
        if event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)


class CandidateRow(QWidget):
    """One candidate: its number, its method, what is known of it, and how it looks."""

    def __init__(self, number: int, proposal: Proposal) -> None:
        super().__init__()
        candidate = proposal.candidate
        title = QLabel(f"{number + 1}  {title_of(candidate)}")
        title.setObjectName("rowTitle")
        details = QLabel(details_of(proposal))
        details.setObjectName("caption")
        details.setWordWrap(True)
        self._applied = QLabel()
        self._applied.setPixmap(icon("check", COLORS.region_repaired).pixmap(16, 16))
        self._applied.setToolTip(tr("This one is in the recording"))
        self._applied.setAccessibleName(tr("applied"))
        head = QHBoxLayout()
        head.setSpacing(SPACING // 2)
        head.addWidget(title)
        head.addWidget(self._applied)
        head.addStretch(1)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addLayout(head)
        text.addWidget(details)
        text.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACING, 4, SPACING, 4)
        row.setSpacing(SPACING)
        row.addLayout(text, 1)
        row.addWidget(_thumbnail(proposal.before, tr("Before")))
        row.addWidget(_thumbnail(proposal.after, tr("With this candidate")))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_applied(False)

    def show_applied(self, applied: bool) -> None:
        """Show whether this candidate is in the recording."""
        self._applied.setVisible(applied)


def title_of(candidate: Candidate) -> str:
    """Return the name of a candidate's method, and which of its takes it is."""
    name = name_of(candidate.engine)
    if candidate.take is None:
        return name
    if candidate.take == 0:
        return tr("{method}, smooth", method=name)
    return tr("{method}, take {number}", method=name, number=candidate.take)


def details_of(proposal: Proposal) -> str:
    """Return what is known of a candidate: what trials promise, where it is from, its settings."""
    candidate, parts = proposal.candidate, []
    expected = candidate.expectation
    if expected is not None:
        promise = tr("Gaps like this one came back within {db:.1f} dB here.", db=expected.lsd_db)
        parts.append(promise)
    if candidate.source_frames is not None:
        parts.append(tr("Its source is marked in the overview."))
    if candidate.strength < 1:
        parts.append(tr("Strength {share:.0%}.", share=candidate.strength))
    if proposal.chosen_settings and candidate.context_s is not None:
        parts.append(tr("From {seconds:g} s on each side.", seconds=candidate.context_s))
    return " ".join(parts)


def _spoken(number: int, proposal: Proposal) -> str:
    return f"{number + 1}: {title_of(proposal.candidate)}. {details_of(proposal)}"


def _thumbnail(picture: Picture, words: str) -> QLabel:
    colors: Sequence[Sequence[int]] = color_map("inferno").tolist()
    image = QImage(picture.tobytes(), COLUMNS, ROWS, COLUMNS, QImage.Format.Format_Indexed8)
    image.setColorTable([0xFF000000 | red << 16 | green << 8 | blue for red, green, blue in colors])
    label = QLabel()
    label.setPixmap(QPixmap.fromImage(image.copy()))
    label.setFixedSize(COLUMNS, ROWS)
    label.setToolTip(words)
    label.setAccessibleName(words)
    return label


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(18, 18))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
