"""Haystack; see `search_core.adapters.haystack`."""

from search_core.adapters.haystack import RelevanceRanker as RelevanceRanker
