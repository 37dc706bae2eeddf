"""The furnished flat, its camera and its drives."""
