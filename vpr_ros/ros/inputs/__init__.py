"""What the node hears: images, calibrations, mountings, depth, odometry."""
