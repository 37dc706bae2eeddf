"""What every part needs of rclpy and its process, and rclpy does not give."""
