"""The process itself: its log, memory, signals and language."""
