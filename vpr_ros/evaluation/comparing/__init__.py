"""Runs read again and laid side by side."""
