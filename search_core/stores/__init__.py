"""Vector stores that are full already, one module each, imported on demand.

`protocol` says what a store does, `engine` searches one as `SearchEngine` searches a collection,
and `sample` is what is known of a store that is too large to be listed.
"""
