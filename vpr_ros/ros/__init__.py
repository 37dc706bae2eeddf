"""Everything that imports rclpy or a message package."""
