"""The page: what a visitor sees. It asks `search_core` for every number and computes none."""
