"""The errors of the program, each with one sentence that a user understands."""


class UasrmError(Exception):
    """Base of every failure whose message may be shown to a user as it is."""


class FileError(UasrmError):
    """A file is missing, unreadable, empty, truncated or not audio."""


class ExportError(UasrmError):
    """A file could not be written; whatever stood at its place is untouched."""


class LabelError(UasrmError):
    """A label file does not follow Audacity's label format."""


class JobError(UasrmError):
    """A job file, or a table of recordings, for a batch is missing or says what is not known."""


class ClusterError(UasrmError):
    """The machines that share a batch cannot be reached, or have given up."""


class SessionError(UasrmError):
    """A session file is damaged, of another version, or its recording has changed."""


class JournalError(UasrmError):
    """The journal that protects work from a crash cannot be written or read."""


class RegionError(UasrmError):
    """A region is empty, reversed, outside the recording or asks for channels it lacks."""


class RepairError(UasrmError):
    """An engine cannot fill this region, and the message says why."""


class ModelError(UasrmError):
    """A model file is missing, truncated, or of another version."""


class DataError(UasrmError):
    """Training or evaluation was given recordings it cannot use."""


class Cancelled(Exception):  # noqa: N818 - it is a request obeyed, not an error
    """The user asked a running job to stop; nothing of it is kept."""


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that the system gives no more memory.

    PyTorch's allocator and the loader of libraries raise other types than `MemoryError`.
    """
    signs = ("failed to map segment", "not enough memory", "can't allocate memory")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)
