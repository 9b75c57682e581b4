"""Detections that tests of the review go through."""

from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection

DETECTIONS = (
    Detection(Kind.CLICK, 4410, 4420, (0, 1), 0.95),
    Detection(Kind.DROPOUT, 13230, 14000, (0,), 0.7),
    Detection(Kind.CLICK, 22050, 22060, (0, 1), 0.3),
    Detection(Kind.CLIPPING, 30000, 31000, (0, 1), 0.55),
)
