"""Markers of other programs as regions: in recordings, in tables, in XMP, and in label files."""
