"""Chroma; see `search_core.adapters.chroma`."""

from search_core.adapters.chroma import engine_of as engine_of, hits as hits
