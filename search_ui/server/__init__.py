"""The server: its guard, its queue, what it remembers, where it listens, and how it ends."""
