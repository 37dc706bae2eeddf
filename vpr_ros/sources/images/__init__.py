"""One image: its bytes, its header, its tags, its calibration."""
