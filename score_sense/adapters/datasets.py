"""Hugging Face datasets; see `search_core.adapters.datasets`."""

from search_core.adapters.datasets import hits as hits
