"""What an evaluation leaves on the disk."""
