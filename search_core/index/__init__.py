"""Vectors in, nearest neighbours out."""
