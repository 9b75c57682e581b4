"""Caches of waveform and spectrum at every zoom, for pictures."""
