"""LangChain; see `search_core.stores.langchain`."""

from search_core.stores.langchain import LangChainStore as LangChainStore
