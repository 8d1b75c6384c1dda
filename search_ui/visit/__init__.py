"""Who visits and what they did: a workspace each, as immutable values, and what changes them."""
