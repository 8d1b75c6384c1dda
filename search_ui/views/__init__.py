"""Numbers and sentences ready to be shown, made of what the library says."""
