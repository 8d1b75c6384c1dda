"""LanceDB; see `search_core.adapters.lancedb`."""

from search_core.adapters.lancedb import hits as hits
