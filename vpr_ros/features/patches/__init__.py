"""Patch features: one file a family, each behind `PatchExtractor`."""
