"""How good is it: measures on queries that a calibrator never saw.

`judged` holds the rows and what was stated of them, `ranking` and `reliability` the formulas,
`intervals` says how far chance would carry them, `measures` lists them as records, `report` puts
them together with a verdict, and `audit` finds labels that deserve a second look.
"""
