"""Nearest neighbours in maps of many places, by FAISS."""
