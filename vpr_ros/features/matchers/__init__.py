"""Which keypoints of two images may be the same point of the world. One method a file."""
