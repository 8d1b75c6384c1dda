"""Reading a score without labels: normalizers, the background of a query, other engines."""
