"""The one gate through which every file is written; see `uasrm_core.writing.gate`."""
