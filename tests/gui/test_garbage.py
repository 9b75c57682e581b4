import gc
import threading

from PySide6.QtCore import QObject, Qt

from uasrm_gui.process.garbage import GarbageCollector, collect_what_is_due


class Knot(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.me = self


def test_no_other_thread_takes_apart_the_windows_objects(qapp):
    freed_in: list[threading.Thread] = []
    collector = GarbageCollector()
    knot = Knot()
    knot.destroyed.connect(
        lambda: freed_in.append(threading.current_thread()), Qt.ConnectionType.DirectConnection
    )
    del knot
    # far more than Python's own collector would wait for
    hungry = threading.Thread(target=lambda: [[number] for number in range(100_000)])
    hungry.start()
    hungry.join()
    assert freed_in == []
    some = [[number] for number in range(2_000)]
    collect_what_is_due()
    assert freed_in == [threading.main_thread()]
    collector.stop()
    assert gc.isenabled()
    assert len(some) == 2_000
