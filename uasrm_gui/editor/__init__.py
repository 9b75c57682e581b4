"""The editor: a recording as waveform and spectrogram, and the tools that mark it."""
