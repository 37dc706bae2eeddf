"""Where photos say that they were taken: in their names or their tags."""
