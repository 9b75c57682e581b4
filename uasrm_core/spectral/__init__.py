"""Transforms, and what is read off or taken out of spectra."""
