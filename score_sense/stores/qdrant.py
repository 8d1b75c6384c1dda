"""Qdrant; see `search_core.stores.qdrant`."""

from search_core.stores.qdrant import QdrantStore as QdrantStore
