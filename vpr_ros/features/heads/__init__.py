"""Published networks that describe a whole image, one file each. Modules bear the names of their checkpoints' keys."""
