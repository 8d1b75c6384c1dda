"""Calibrate: labels, check, fit, use; from judged examples to a number one can act on."""
