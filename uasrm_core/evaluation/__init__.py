"""Measure the engines: blank gaps in clean recordings, repair them, compare."""
