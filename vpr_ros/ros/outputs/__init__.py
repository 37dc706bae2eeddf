"""What the node says: one publisher for each topic of the core."""
