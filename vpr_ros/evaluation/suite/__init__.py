"""Matrices of evaluations."""
