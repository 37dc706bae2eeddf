"""The thread that localizes, and what stands between it and the executor. Knows no rclpy."""
