"""Bags played to the node, and its answers recorded."""
