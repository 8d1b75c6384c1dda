"""Starts Score Sense: `python app.py`, or `make app`; once installed, `score-sense serve`."""

from search_ui.main import main

if __name__ == "__main__":
    main()
