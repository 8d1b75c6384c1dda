"""LangChain; see `search_core.adapters.langchain`."""

from search_core.adapters.langchain import RelevanceCompressor as RelevanceCompressor
