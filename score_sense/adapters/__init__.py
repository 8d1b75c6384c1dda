"""Score Sense in other libraries, one module each; `search_core.adapters` has them."""
