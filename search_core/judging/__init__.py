"""Choosing which pairs to label, with known probabilities, and what the answers say of all pairs.

`pool` gathers the pairs of somebody's questions, `draw` chooses among them, `estimates` weighs the
answers, `border` says how far they have come, and `plan` puts these together.
"""
