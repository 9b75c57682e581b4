"""The undoable history of a recording, and the file that keeps it."""
