"""Kinds of damage, a file each: what to train on, and what to look at."""
