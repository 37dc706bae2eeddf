"""What others who navigate get from the node: a pose to begin with, and map -> odom."""
