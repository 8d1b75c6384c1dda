"""Files that people bring: from bytes to text, cells and columns, whatever they are about."""
