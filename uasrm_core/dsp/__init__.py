"""Signal processing on plain arrays."""
