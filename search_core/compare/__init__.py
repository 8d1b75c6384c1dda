"""Comparisons: what another index, or another model, does to hits, scores and decisions.

`index_trials` compares indexes (`index_search` asks them, `index_answers` judges what they find,
`index_choice` recommends one), and `model_trials` compares encoders.
"""
