"""Visual place recognition and localization for ROS 2 robots."""

__version__ = "0.1.0"
