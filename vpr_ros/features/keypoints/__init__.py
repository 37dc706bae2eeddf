"""Points of an image that can be found again. One kind a file."""
