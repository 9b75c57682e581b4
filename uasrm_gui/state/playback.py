"""How the user listens: to which stretch, which version, and which part of it.

Keeps the player in step with the document: what is repaired or selected while sound is on is
heard at once.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip
from uasrm_core.spectral.isolate import Isolation, isolation_of
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.playback_plan import HALF_SPEED, PlaybackPlan, Version
from uasrm_gui.sound.player import Player
from uasrm_gui.state.document import Document


class Playback(QObject):
    """What the transport's actions speak to.

    Parameters
    ----------
    cursor
        Tells the frame where playback begins when nothing is selected.
    """

    changed = Signal()
    shown_changed = Signal()

    def __init__(
        self,
        document: Document,
        player: Player,
        settings: SettingsStore,
        cursor: Callable[[], int],
    ) -> None:
        super().__init__(player)
        self._document = document
        self._player = player
        self._settings = settings
        self._cursor = cursor
        self._candidate: AudioClip | None = None
        self.isolates = False
        self.skips = False
        self.half_speed = False
        document.work.opened.connect(self._on_opened)
        document.work.samples_changed.connect(
            lambda ranges: player.change(repaired=document.work.clip)
        )
        document.selection.changed.connect(lambda selection: self._follow_selection())
        document.repairs.done.connect(lambda edit: self._on_repaired())
        player.version_changed.connect(self.shown_changed)

    @property
    def shown(self) -> AudioClip | None:
        """The recording in the version that is heard; of what was removed, as repaired."""
        if self._player.version is Version.ORIGINAL:
            return self._document.work.original
        if self._player.version is Version.CANDIDATE and self._candidate is not None:
            return self._candidate
        return self._document.work.clip

    @property
    def version(self) -> Version:
        """Which version is heard."""
        return self._player.version

    @property
    def is_playing(self) -> bool:
        """Whether sound is on, or about to be."""
        return self._player.is_playing

    @property
    def candidate(self) -> AudioClip | None:
        """The recording with the candidate that is auditioned, if one is."""
        return self._candidate

    @property
    def has_candidate(self) -> bool:
        """Whether a candidate is being auditioned."""
        return self._candidate is not None

    # playing

    def play_or_stop(self) -> None:
        """Stop if sound is on, else play."""
        if self._player.is_playing:
            self._player.stop()
        else:
            self.play()

    def play(self, *, once: bool = False) -> None:
        """Play the selection with its surroundings, or all from the cursor on."""
        document = self._document
        if document.work.original is None or document.work.clip is None:
            return
        start, end = self._stretch(document.work.clip)
        plan = PlaybackPlan(
            document.work.original,
            document.work.clip,
            start,
            end,
            candidate=self._candidate,
            skipped=self._find_skipped(),
            isolation=self._isolate(),
            speed=self._speed,
            loop=self._settings.values.loop and not once,
        )
        self._player.play(plan)

    def play_if_silent(self) -> None:
        """Play, unless sound is on already."""
        if not self._player.is_playing:
            self.play()

    def toggle_loop(self) -> None:
        """Start over at the end from now on, or no longer."""
        loop = not self._settings.values.loop
        self._settings.change(loop=loop)
        self._player.change(loop=loop)

    def toggle_isolation(self) -> None:
        """Hear only the selection's band from now on, or all frequencies."""
        self.isolates = not self.isolates
        self._player.change(isolation=self._isolate())
        self.changed.emit()

    def toggle_skip(self) -> None:
        """Leave the selection out from now on, or no longer."""
        self.skips = not self.skips
        self._player.change(skipped=self._find_skipped())
        self.changed.emit()

    def toggle_half_speed(self) -> None:
        """Play at half speed from now on, or at full."""
        self.half_speed = not self.half_speed
        self._player.change(speed=self._speed)
        self.changed.emit()

    # versions

    def listen_to(self, version: Version) -> None:
        """Hear and see this version, from now on and while playing."""
        if version is Version.CANDIDATE and self._candidate is None:
            version = Version.REPAIRED
        self._player.listen_to(version)
        self.changed.emit()

    def switch_version(self) -> None:
        """Hear the original if something else is heard, and what it is compared with if not."""
        mended = Version.REPAIRED if self._candidate is None else Version.CANDIDATE
        original = self._player.version is Version.ORIGINAL
        self.listen_to(mended if original else Version.ORIGINAL)

    def put_candidate(self, candidate: AudioClip | None) -> None:
        """Have the recording with a candidate in place at hand, or none any more."""
        self._candidate = candidate
        self._player.change(candidate=candidate)
        if candidate is None and self._player.version is Version.CANDIDATE:
            self._player.listen_to(Version.REPAIRED)
        else:
            self.shown_changed.emit()
        self.changed.emit()

    # inside

    @property
    def _speed(self) -> Fraction:
        return HALF_SPEED if self.half_speed else Fraction(1)

    def _isolate(self) -> Isolation | None:
        selection, info = self._document.selection.region, self._document.work.info
        if not self.isolates or selection is None or info is None:
            return None
        return isolation_of(selection, info.rate)

    def _find_skipped(self) -> tuple[int, int] | None:
        selection = self._document.selection.region
        if not self.skips or selection is None:
            return None
        return selection.start_frame, selection.end_frame

    def _stretch(self, clip: AudioClip) -> tuple[int, int]:
        selection, values = self._document.selection.region, self._settings.values
        if selection is None:
            start = self._cursor()
            return start if start < clip.frames else 0, clip.frames
        before, after = round(values.pre_roll_s * clip.rate), round(values.post_roll_s * clip.rate)
        start, end = selection.start_frame - before, selection.end_frame + after
        return max(start, 0), min(end, clip.frames)

    def _follow_selection(self) -> None:
        self._player.change(skipped=self._find_skipped(), isolation=self._isolate())

    def _on_opened(self) -> None:
        self._candidate = None
        self._player.stop()
        self._player.listen_to(Version.REPAIRED)

    def _on_repaired(self) -> None:
        self.listen_to(Version.REPAIRED)
        if self._settings.values.auto_play:
            self.play_if_silent()
