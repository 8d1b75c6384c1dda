"""From scores and judgements to a number that can be trusted.

Read in this order: `rows` (what is fitted, and which rows are held out), `members` (the maps),
`models` (the simple methods), `blend` (many members, weighed on held-out queries), `fit`
(choosing, testing, and the result), `thresholds` (a cut with a guarantee), `calibrator` (what a
visitor keeps), `json_writing` and `json_reading` (its file), `snippet` (the same as code),
`base_rate` (another share relevant in use).
"""
