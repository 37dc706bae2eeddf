"""Whether a recording is fit to map and localize with: what a person runs in the first hour. Knows no rclpy."""
