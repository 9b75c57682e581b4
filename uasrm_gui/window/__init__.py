"""What a window is put together from, and what connects its parts."""
