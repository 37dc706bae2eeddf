"""The map, on disk and in memory."""
