"""Where frames come from, and where bags go."""
