"""The furnished flat, its camera and its drives: exact poses, depth and labels for demos and tests."""
