"""Milvus; see `search_core.stores.milvus`."""

from search_core.stores.milvus import MilvusStore as MilvusStore
