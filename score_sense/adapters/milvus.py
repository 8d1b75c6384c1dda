"""Milvus; see `search_core.adapters.milvus`."""

from search_core.adapters.milvus import engine_of as engine_of, hits as hits
