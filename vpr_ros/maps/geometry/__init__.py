"""Where in the world the points of keyframes lie: from depth, triangulated, or from a COLMAP model."""
