"""Searching a recording for passages like the surroundings of a gap."""
