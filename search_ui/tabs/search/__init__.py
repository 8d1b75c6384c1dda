"""Search: the question, its answer, the card behind each hit, and which texts are searched."""
