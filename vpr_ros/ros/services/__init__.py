"""What the node can be asked to do."""
