"""Vector stores that are full already, one module each; `search_core.stores` has them."""
