"""What the node says, as (topic, type, fields), so that bags and the node say the same. Knows ROS by its names only."""
