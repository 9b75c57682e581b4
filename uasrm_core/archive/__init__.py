"""Records of a restoration for archives: what was changed, by whom, and how to take it back."""
