"""The server: its guard, its limits, what Gradio remembers, where it listens, and how it ends."""
