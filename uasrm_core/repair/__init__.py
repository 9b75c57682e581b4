"""Repairs: a job of regions in, candidates (patches) out."""
