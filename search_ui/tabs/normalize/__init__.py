"""Normalize: every reading of one query's scores, and where each misleads."""
