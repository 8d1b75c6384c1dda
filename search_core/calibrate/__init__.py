"""From scores and labels to a number that can be trusted.

Read in this order: `rows` (what is fitted, and which rows are held out), `maps` (what is fitted to
them), `models` and `blend` (the fits), `methods` (all of them as records), `fit` (choosing,
testing, and the result), `thresholds` (a cut with a guarantee), `calibrator` (what a visitor
keeps), `in_use` (hits, a changed collection, another share relevant), `stored` (its file) and
`snippet` (the same as code).
"""
