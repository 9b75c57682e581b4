"""Kinds of damage for training pairs, a file each."""
