"""From scores and labels to a number that can be trusted.

Read in this order: `rows` (what is fitted, and which rows are held out), `maps` (what is fitted to
them), `models` and `blend` (the fits), `methods` (all of them as records), `fit` (choosing,
testing, and the result), `thresholds` (with a guarantee), `fitted` (what a fit found), `calibrator`
(how it is used), `in_use` (hits, a changed collection, another share relevant), `watch` (a
threshold in production) and `export` (JSON, code, the Hub).
"""
