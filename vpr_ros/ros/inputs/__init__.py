"""What the node hears: images, calibrations, mountings, odometry."""
