"""Faults of Qt's binding that would end the program, found before a user finds them."""

import sys

from PySide6.QtCore import QObject, Signal


class Sender(QObject):
    sent = Signal()


def test_emitting_a_signal_leaves_reference_counts_alone(qapp):
    """A binding that gives away what it does not own ends the program after a few thousand."""
    sender = Sender()
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(100):
        sender.sent.emit()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert after[0] > before[0] - 50
    assert after[1] > before[1] - 50
