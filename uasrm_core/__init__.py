"""Repairing sound without a window: files, regions, engines, measurement, training."""
