"""Other libraries: one module each, imported on demand.

`langchain`, `llamaindex` and `haystack` put predicted relevance into a pipeline; `chroma`,
`qdrant`, `milvus`, `lancedb`, `pgvector`, `datasets` and `sentence_transformers` turn what a search
there returned into `Hits`; `sklearn` makes a classifier of a score. `search_core.meaningful` reads
all of them.
"""
