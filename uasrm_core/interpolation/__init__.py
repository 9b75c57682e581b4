"""Filling and mending waveforms by models of their surroundings."""
