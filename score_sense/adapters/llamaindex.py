"""LlamaIndex; see `search_core.adapters.llamaindex`."""

from search_core.adapters.llamaindex import RelevancePostprocessor as RelevancePostprocessor
