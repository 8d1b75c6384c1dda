"""How good is it: measures on queries that a calibrator never saw.

`ranking` and `reliability` hold the measures, `intervals` says how far chance would carry them,
`report` puts them together, `verdict` says them in one sentence, and `audit` finds labels that
deserve a second look.
"""
