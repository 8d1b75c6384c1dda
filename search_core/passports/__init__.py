"""What the cosines of a model mean: measured on a few texts, and on labels of other collections."""
