"""Learn: the classic example, where its three snippets go wrong, and the words."""
