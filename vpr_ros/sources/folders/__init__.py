"""Folders of images in every layout that is read, COLMAP models among them."""
