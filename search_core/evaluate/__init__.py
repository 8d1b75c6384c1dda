"""How good is it: measures on queries that a calibrator never saw."""
