"""Selection geometry: drawing, combining and finding parts of the time-frequency plane."""
