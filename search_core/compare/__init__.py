"""Comparisons: what another index, or another model, does to hits, scores and decisions."""
