"""What is learned from drives: how much of the world two images share."""
