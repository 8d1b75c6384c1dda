"""The tabs of the page, a folder each, and how work that takes its time is begun and stopped."""
