"""The candidates for a region in a row: what each is, how it looks, and a click to hear it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.inpainting.job import Candidate
from uasrm_core.translation import tr
from uasrm_gui.panels.other_settings import OtherSettingsButton
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.proposals import COLUMNS, ROWS, Picture, Proposal
from uasrm_gui.theme import COLORS, SPACING
from uasrm_gui.widgets.fit_text import FittedLabel
from uasrm_gui.widgets.formats import format_span, format_time
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.methods import name_of, purpose_of
from uasrm_gui.widgets.thumbnail import thumbnail

# What the theme leaves free about an item of a list, at the left and right and above and below.
ITEM_WIDTH, ITEM_HEIGHT = 2 * SPACING, 10
# What a list's frame and its scroll bar take of its height.
FRAME_HEIGHT = 12
TITLE_HEIGHT, LINE_HEIGHT, LINES = 18, 14, 2
LINES_HEIGHT = LINES * LINE_HEIGHT + 2
CARD_SPACING = 2
CHECK = 16
LEAST_IMAGE, USUAL_IMAGE = 44, 64
"""How high a picture is at least, and before the lines below it are given room."""
LEAST_WIDTH, MOST_WIDTH = 140, 220
"""How wide a picture is at least, and for the sake of a name above it at most."""
HEAD_HEIGHT = 32
LEAST_HEIGHT = (
    HEAD_HEIGHT + SPACING + FRAME_HEIGHT + ITEM_HEIGHT + TITLE_HEIGHT + CARD_SPACING + LEAST_IMAGE
)


class ComparePanel(QWidget):
    """The strip below the picture: before, and a row of candidates; what is picked is heard.

    `wanted` tells whether it is to be seen.
    """

    wanted = Signal(bool)

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
        self._listed: tuple[Proposal, ...] = ()
        self.setObjectName("compare")
        self.setMinimumHeight(LEAST_HEIGHT)
        self._image_height, self._shows_details = USUAL_IMAGE, True
        self._least_width = LEAST_WIDTH
        self.list = CandidateList()
        self.list.currentRowChanged.connect(self._on_row)
        self.list.itemClicked.connect(lambda item: self._on_row(self.list.row(item)))
        self.list.itemActivated.connect(lambda item: self._comparison.apply())
        self.hint = FittedLabel(LINES)
        self.hint.setObjectName("dim")
        self.hint.setToolTip(tr("The digits play the candidates, Ctrl+Return applies one"))
        self.before = QVBoxLayout()
        self.before.setContentsMargins(0, ITEM_HEIGHT // 2 + 1, 0, 0)
        self.before.setSpacing(2)
        self.others = OtherSettingsButton(comparison)
        self.take = _button(take)
        self.apply = _button(apply)
        self.apply.setObjectName("primary")
        self.apply.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._lay_out(_button(compare))
        comparison.changed.connect(self._fill)
        comparison.chosen_changed.connect(self._mark)
        comparison.step_changed.connect(lambda: self.hint.show_text(self._hint()))
        self.hide()
        self._fill()

    def _lay_out(self, again: QToolButton) -> None:
        close = QToolButton()
        close.setIcon(icon("close"))
        close.setIconSize(QSize(14, 14))
        close.setToolTip(tr("Close the comparison"))
        close.setAccessibleName(close.toolTip())
        close.clicked.connect(self.close_strip)
        head = QWidget()
        head.setFixedHeight(HEAD_HEIGHT)
        buttons = QHBoxLayout(head)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(SPACING)
        buttons.addWidget(self.hint, 1)
        for widget in (self.others, self.take, again, self.apply, close):
            buttons.addWidget(widget)
        cards = QHBoxLayout()
        cards.setSpacing(SPACING)
        cards.addLayout(self.before)
        cards.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACING // 2, 0, 0)
        column.setSpacing(SPACING // 2)
        column.addWidget(head)
        column.addLayout(cards, 1)

    def close_strip(self) -> None:
        """Compare nothing any more, and give the picture its room back."""
        self._comparison.close()
        self.wanted.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Draw the pictures as high as there is room for, with lines below them if there is."""
        taken = HEAD_HEIGHT + SPACING + FRAME_HEIGHT + ITEM_HEIGHT + TITLE_HEIGHT + CARD_SPACING
        room = self.height() - taken
        shows_details = room >= USUAL_IMAGE + LINES_HEIGHT
        if shows_details:
            room -= LINES_HEIGHT
        height = max(room, LEAST_IMAGE)
        if (height, shows_details) == (self._image_height, self._shows_details):
            return
        self._image_height, self._shows_details = height, shows_details
        self._fit_cards()
        self.hint.show_text(self._hint())

    @property
    def _cards(self) -> list[tuple[QListWidgetItem, CandidateCard]]:
        pairs = []
        for number in range(self.list.count()):
            item = self.list.item(number)
            card = self.list.itemWidget(item)
            assert isinstance(card, CandidateCard)
            pairs.append((item, card))
        return pairs

    @property
    def _image_size(self) -> QSize:
        return QSize(
            max(round(self._image_height * COLUMNS / ROWS), self._least_width), self._image_height
        )

    def _fit_cards(self) -> None:
        """Draw all pictures at one size; names have room above them."""
        for item, card in self._cards:
            self._fit_card(item, card)
        for picture in self.findChildren(Thumbnail, "before"):
            picture.show_at(self._image_size)

    def _fit_card(self, item: QListWidgetItem, card: CandidateCard) -> None:
        size = self._image_size
        below = LINES_HEIGHT if self._shows_details else 0
        card_height = TITLE_HEIGHT + CARD_SPACING + size.height() + below
        item.setSizeHint(QSize(size.width() + ITEM_WIDTH, card_height + ITEM_HEIGHT))
        card.show_at(size, with_details=self._shows_details)

    def _fill(self) -> None:
        """List the candidates as they are."""
        proposals, is_busy = self._comparison.proposals, self._comparison.is_busy
        if is_busy or proposals:
            self.wanted.emit(True)
        elif self._comparison.region is None:
            self.wanted.emit(False)
        self._list(proposals)
        some = bool(proposals)
        # what is waited for needs the room while candidates are made
        self.others.setVisible(some and not is_busy)
        self.apply.setVisible(some)
        self.take.setVisible(self._comparison.has_takes)
        self._mark()

    def _list(self, proposals: tuple[Proposal, ...]) -> None:
        """Show the cards of these candidates; those that are shown already stay as they are."""
        self._syncing = True
        if proposals[: len(self._listed)] != self._listed:
            self.list.clear()
            self._listed = ()
        if not self._listed:
            self._show_before(proposals[0].before if proposals else None)
        for number in range(len(self._listed), len(proposals)):
            proposal = proposals[number]
            item, card = QListWidgetItem(), CandidateCard(number, proposal, self._rate)
            spoken = _describe(number, proposal, self._rate)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
            item.setToolTip(spoken)
            self.list.addItem(item)
            self.list.setItemWidget(item, card)
        self._listed = proposals
        wanted = max((card.title_width for _, card in self._cards), default=0)
        self._least_width = min(max(wanted, LEAST_WIDTH), MOST_WIDTH)
        self._fit_cards()
        self._syncing = False

    @property
    def _rate(self) -> int:
        info = self._document.work.info
        return 1 if info is None else info.rate

    def _show_before(self, picture: Picture | None) -> None:
        while (item := self.before.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if picture is not None:
            title = QLabel(tr("Before"))
            title.setObjectName("rowTitle")
            self.before.addWidget(title)
            image = Thumbnail(picture, tr("Before"))
            image.setObjectName("before")
            image.show_at(self._image_size)
            self.before.addWidget(image)
            self.before.addStretch(1)

    def _hint(self) -> str:
        region, info = self._comparison.region, self._document.work.info
        if region is None or info is None:
            return ""
        what = format_span(region.start_frame, region.end_frame, info.rate)
        if self._comparison.is_busy:
            step = self._comparison.step
            making = tr("Making candidates for {what}…", what=what)
            return f"{making} {step}" if step else making
        title, chosen = tr("Candidates for {what}", what=what), self._comparison.chosen
        if chosen is None or self._shows_details:
            return title
        # a low strip has no room for it below the picture
        return f"{title} · {details_of(self._comparison.proposals[chosen])}"

    def _mark(self) -> None:
        """Show which candidate is heard and which one is applied."""
        self._syncing = True
        chosen = self._comparison.chosen
        self.list.setCurrentRow(-1 if chosen is None else chosen)
        applied = self._comparison.applied
        for number, (_, card) in enumerate(self._cards):
            card.show_applied(number == applied)
        self._syncing = False
        self.hint.show_text(self._hint())

    def _on_row(self, row: int) -> None:
        if not self._syncing and row >= 0:
            self._comparison.audition(row)


class CandidateList(QListWidget):
    """The row's looks and manners: arrows audition, Return applies, digits are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Candidates"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # a list would take letters for a search
        if event.text().strip():
            event.ignore()
        else:
            super().keyPressEvent(event)


class CandidateCard(QWidget):
    """One candidate: its number, its name, how it looks, and a line on what to expect."""

    def __init__(self, number: int, proposal: Proposal, rate: int) -> None:
        super().__init__()
        self._title = FittedLabel(1, keeps_end=True)
        self._title.setObjectName("rowTitle")
        self._name = f"{number + 1}  {title_of(proposal.candidate, rate)}"
        self._title.show_text(self._name)
        self._applied = QLabel()
        self._applied.setPixmap(icon("check", COLORS.region_repaired).pixmap(CHECK, CHECK))
        self._applied.setToolTip(tr("This one is in the recording"))
        self._applied.setAccessibleName(tr("applied"))
        head = QHBoxLayout()
        head.setSpacing(SPACING // 2)
        head.addWidget(self._title, 1)
        head.addWidget(self._applied)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(CARD_SPACING)
        column.addLayout(head)
        self._image = Thumbnail(proposal.after, tr("With this candidate"))
        column.addWidget(self._image)
        self._details = FittedLabel(LINES)
        self._details.setObjectName("caption")
        self._details.show_text(details_of(proposal))
        column.addWidget(self._details)
        column.addStretch(1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_applied(False)

    @property
    def title_width(self) -> int:
        """How wide it is where its name and the sign of the applied one are seen whole."""
        self._title.ensurePolished()
        name = self._title.fontMetrics().horizontalAdvance(self._name)
        return name + SPACING // 2 + CHECK

    def show_at(self, size: QSize, *, with_details: bool) -> None:
        """Draw the picture at a size, with the lines below it or without."""
        self._image.show_at(size)
        self._details.setVisible(with_details)

    def show_applied(self, applied: bool) -> None:
        """Show whether this candidate is in the recording."""
        self._applied.setVisible(applied)


class Thumbnail(QLabel):
    """A picture of a candidate's place at any size."""

    def __init__(self, picture: Picture, words: str) -> None:
        super().__init__()
        self._picture = thumbnail(picture)
        self.setToolTip(words)
        self.setAccessibleName(words)

    def show_at(self, size: QSize) -> None:
        """Draw it at this size."""
        self.setFixedSize(size)
        self.setPixmap(
            self._picture.scaled(
                size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )


def title_of(candidate: Candidate, rate: int) -> str:
    """Return the name of a candidate: its method and take, or where it was copied from."""
    if candidate.source_frames is not None:
        start = format_time(candidate.source_frames[0] / rate)
        return tr("Copied from {time}", time=start)
    name = name_of(candidate.engine)
    if candidate.take is None:
        return name
    if candidate.take == 0:
        return tr("{method}, smooth", method=name)
    return tr("{method}, take {number}", method=name, number=candidate.take)


def details_of(proposal: Proposal) -> str:
    """Return what is known of a candidate: its estimate from trials, its source, its settings.

    Where nothing is known of it, what its method is for.
    """
    candidate, parts = proposal.candidate, []
    expected = candidate.estimate
    if candidate.is_unchanged:
        parts.append(tr("Leaves the sound as it is: nothing stands out here."))
    elif expected is not None:
        parts.append(tr("In trials here {db:.1f} dB off.", db=expected.lsd_db))
    elif candidate.take:
        parts.append(tr("One way the sound could have been."))
    elif candidate.take == 0:
        parts.append(tr("The middle of all ways it could have been: safe, but dull."))
    elif candidate.is_uncovered:
        parts.append(tr("Takes noise off the sound under it."))
    if candidate.source_frames is not None:
        parts.append(tr("Marked in the overview."))
    if candidate.strength < 1:
        parts.append(tr("Strength {share:.0%}.", share=candidate.strength))
    if proposal.chosen_settings and candidate.context_s is not None:
        parts.append(tr("From {seconds:g} s on each side.", seconds=candidate.context_s))
    return " ".join(parts) or purpose_of(candidate.engine)


def _describe(number: int, proposal: Proposal, rate: int) -> str:
    return f"{number + 1}: {title_of(proposal.candidate, rate)}. {details_of(proposal)}"


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(18, 18))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
