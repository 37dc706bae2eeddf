"""The pipeline: arrays in, records out. No ROS, no files, no command line."""
