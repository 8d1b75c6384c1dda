"""Other engines' numbers: what each shows, and the cosine behind it."""
