"""What the real libraries show for known pairs, against what `ENGINES` says they show.

The libraries are in ``requirements-peers.txt``; each test is skipped where its library is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from search_core.engines.reading import from_cosine, read_score

pytestmark = pytest.mark.peers

Vectors = npt.NDArray[np.float32]
DIMENSIONS = 8


def _unit(vectors: npt.NDArray[np.float64]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


RANDOM = np.random.default_rng(20)
QUERY: Vectors = _unit(RANDOM.normal(size=(1, DIMENSIONS)))
# Pairs on both sides of a right angle, near ones and far ones.
DOCUMENTS: Vectors = _unit(
    RANDOM.normal(size=(12, DIMENSIONS)) + np.linspace(-2, 2, 12)[:, None] * QUERY.astype(float)
)
COSINES = DOCUMENTS.astype(float) @ QUERY[0].astype(float)
PLACES = range(len(DOCUMENTS))
TEXTS = [f"document {place}" for place in PLACES]


def assert_shown(engine: str, shown: Mapping[int, float], tolerance: float = 2e-6) -> None:
    """Compare every score, keyed by the place of its document, with what the record says."""
    assert sorted(shown) == list(PLACES)
    for place, score in shown.items():
        assert score == pytest.approx(from_cosine(COSINES[place], engine), abs=tolerance)


def paired(ids: Any, scores: Any) -> dict[int, float]:
    return {int(place): float(score) for place, score in zip(ids, scores, strict=True)}


def test_the_pairs_lie_on_both_sides_of_a_right_angle() -> None:
    assert COSINES.min() < -0.5
    assert COSINES.max() > 0.5


@pytest.mark.parametrize(
    ("engine", "index"), [("faiss-l2", "IndexFlatL2"), ("faiss-ip", "IndexFlatIP")]
)
def test_faiss(engine: str, index: str) -> None:
    faiss = pytest.importorskip("faiss")
    flat = getattr(faiss, index)(DIMENSIONS)
    flat.add(DOCUMENTS)
    scores, ids = flat.search(QUERY, len(DOCUMENTS))
    assert_shown(engine, paired(ids[0], scores[0]))


@pytest.mark.parametrize("engine", ["datasets-l2", "datasets-ip"])
def test_hugging_face_datasets(engine: str) -> None:
    faiss = pytest.importorskip("faiss")
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"place": list(PLACES), "vector": DOCUMENTS.tolist()})
    metric = {"metric_type": faiss.METRIC_INNER_PRODUCT} if engine == "datasets-ip" else {}
    table.add_faiss_index("vector", **metric)
    scores, examples = table.get_nearest_examples("vector", QUERY[0], k=len(DOCUMENTS))
    assert_shown(engine, paired(examples["place"], scores))


def test_sentence_transformers_cosine_and_euclidean() -> None:
    util = pytest.importorskip("sentence_transformers.util")
    assert_shown(
        "sentence-transformers-cosine", paired(PLACES, util.cos_sim(QUERY, DOCUMENTS)[0].numpy())
    )
    euclidean = util.euclidean_sim(QUERY, DOCUMENTS)[0].numpy()
    assert_shown("sentence-transformers-euclidean", paired(PLACES, euclidean))
    (hits,) = util.semantic_search(QUERY, DOCUMENTS, top_k=len(DOCUMENTS))
    found = {hit["corpus_id"]: hit["score"] for hit in hits}
    assert_shown("sentence-transformers-cosine", found)


@pytest.mark.parametrize("exact", [True, False])
def test_sentence_transformers_on_faiss(exact: bool) -> None:
    pytest.importorskip("faiss")
    search = pytest.importorskip("sentence_transformers.util.quantization")
    (hits,), _ = search.semantic_search_faiss(
        QUERY, DOCUMENTS, top_k=len(DOCUMENTS), rescore=False, exact=exact
    )
    found = {hit["corpus_id"]: hit["score"] for hit in hits}
    assert_shown("sentence-transformers-faiss", found)


def test_sentence_transformers_on_usearch() -> None:
    pytest.importorskip("usearch")
    search = pytest.importorskip("sentence_transformers.util.quantization")
    (hits,), _ = search.semantic_search_usearch(
        QUERY, DOCUMENTS, top_k=len(DOCUMENTS), rescore=False
    )
    found = {hit["corpus_id"]: hit["score"] for hit in hits}
    assert_shown("sentence-transformers-usearch", found)


@pytest.mark.parametrize("space", ["l2", "ip", "cosine"])
def test_hnswlib(space: str) -> None:
    hnswlib = pytest.importorskip("hnswlib")
    index = hnswlib.Index(space=space, dim=DIMENSIONS)
    index.init_index(max_elements=len(DOCUMENTS))
    index.add_items(DOCUMENTS)
    index.set_ef(50)
    ids, distances = index.knn_query(QUERY, k=len(DOCUMENTS))
    assert_shown(f"hnswlib-{space}", paired(ids[0], distances[0]))


@pytest.mark.parametrize("metric", ["cos", "ip", "l2sq"])
def test_usearch(metric: str) -> None:
    index_module = pytest.importorskip("usearch.index")
    index = index_module.Index(ndim=DIMENSIONS, metric=metric, dtype="f32")
    index.add(np.arange(len(DOCUMENTS)), DOCUMENTS)
    matches = index.search(QUERY[0], len(DOCUMENTS), exact=True)
    assert_shown(f"usearch-{metric}", paired(matches.keys, matches.distances))


@pytest.mark.parametrize("metric", ["angular", "euclidean", "dot"])
def test_annoy(metric: str) -> None:
    annoy = pytest.importorskip("annoy")
    index = annoy.AnnoyIndex(DIMENSIONS, metric)
    for place in PLACES:
        index.add_item(place, DOCUMENTS[place])
    index.build(10)
    found = index.get_nns_by_vector(QUERY[0], len(DOCUMENTS), include_distances=True)
    assert_shown(f"annoy-{metric}", paired(*found))


@pytest.mark.parametrize("metric", ["minkowski", "cosine"])
def test_scikit_learn(metric: str) -> None:
    neighbors = pytest.importorskip("sklearn.neighbors")
    fitted = neighbors.NearestNeighbors(n_neighbors=len(DOCUMENTS), metric=metric).fit(DOCUMENTS)
    distances, ids = fitted.kneighbors(QUERY)
    assert_shown(f"scikit-learn-{metric}", paired(ids[0], distances[0]))


@pytest.mark.parametrize(
    ("engine", "distance"), [("ngt-l2", "L2"), ("ngt-cosine", "Cosine"), ("ngt-angle", "Angle")]
)
def test_ngt(engine: str, distance: str, tmp_path: Path) -> None:
    ngtpy = pytest.importorskip("ngtpy")
    path = str(tmp_path / "index").encode()
    ngtpy.create(path, DIMENSIONS, distance_type=distance, object_type="Float")
    index = ngtpy.Index(path)
    index.batch_insert(DOCUMENTS)
    found = index.search(QUERY[0], size=len(DOCUMENTS), epsilon=1.0)
    assert_shown(engine, dict(found), tolerance=1e-5)


@pytest.mark.parametrize("space", ["l2", "ip", "cosine"])
def test_chroma(space: str) -> None:
    collection = _chroma_collection(space)
    found = collection.query(query_embeddings=QUERY.tolist(), n_results=len(DOCUMENTS))
    assert_shown(f"chroma-{space}", paired(found["ids"][0], found["distances"][0]))


def test_chroma_compares_by_squared_distance_unless_told() -> None:
    collection = _chroma_collection(None)
    found = collection.query(query_embeddings=QUERY.tolist(), n_results=len(DOCUMENTS))
    assert_shown("chroma-l2", paired(found["ids"][0], found["distances"][0]))


def _chroma_collection(space: str | None) -> Any:
    chromadb = pytest.importorskip("chromadb")
    quiet = chromadb.config.Settings(anonymized_telemetry=False)
    configuration = {"hnsw": {"space": space}} if space else None
    collection = chromadb.EphemeralClient(settings=quiet).create_collection(
        f"pairs-{space}-{np.random.default_rng().integers(1 << 40)}",
        configuration=configuration,
        metadata={"hnsw:space": space} if space else None,
        embedding_function=None,
    )
    collection.add(
        ids=[str(place) for place in PLACES], embeddings=DOCUMENTS.tolist(), documents=TEXTS
    )
    return collection


@pytest.mark.parametrize(
    ("engine", "distance"),
    [("qdrant-cosine", "COSINE"), ("qdrant-dot", "DOT"), ("qdrant-euclid", "EUCLID")],
)
def test_qdrant(engine: str, distance: str) -> None:
    qdrant = pytest.importorskip("qdrant_client")
    client = qdrant.QdrantClient(":memory:")
    models = qdrant.models
    client.create_collection(
        "pairs",
        vectors_config=models.VectorParams(
            size=DIMENSIONS, distance=getattr(models.Distance, distance)
        ),
    )
    points = [models.PointStruct(id=place, vector=DOCUMENTS[place].tolist()) for place in PLACES]
    client.upsert("pairs", points=points)
    found = client.query_points("pairs", query=QUERY[0].tolist(), limit=len(DOCUMENTS)).points
    assert_shown(engine, {point.id: point.score for point in found})


@pytest.mark.parametrize(
    ("strategy", "score_engine", "relevance_engine"),
    [
        ("EUCLIDEAN_DISTANCE", "langchain-faiss-score", "langchain-faiss-relevance"),
        ("MAX_INNER_PRODUCT", "langchain-faiss-ip-score", "langchain-faiss-ip-relevance"),
        ("COSINE", "langchain-faiss-cosine-score", "langchain-faiss-cosine-relevance"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_langchain_on_faiss(strategy: str, score_engine: str, relevance_engine: str) -> None:
    pytest.importorskip("faiss")
    vectorstores = pytest.importorskip("langchain_community.vectorstores")
    utils = pytest.importorskip("langchain_community.vectorstores.utils")
    store = vectorstores.FAISS.from_texts(
        TEXTS,
        _fixed_embeddings(),
        metadatas=[{"place": place} for place in PLACES],
        distance_strategy=getattr(utils.DistanceStrategy, strategy),
    )
    scored = store.similarity_search_with_score("query", k=len(DOCUMENTS))
    assert_shown(score_engine, {each.metadata["place"]: score for each, score in scored})
    relevant = store.similarity_search_with_relevance_scores("query", k=len(DOCUMENTS))
    found = {each.metadata["place"]: score for each, score in relevant}
    assert_shown(relevance_engine, found, tolerance=4e-6)


@pytest.mark.parametrize("space", ["l2", "cosine", "ip"])
@pytest.mark.filterwarnings("ignore")
def test_langchain_on_chroma(space: str) -> None:
    chromadb = pytest.importorskip("chromadb")
    module = pytest.importorskip("langchain_community.vectorstores.chroma")
    store = module.Chroma.from_texts(
        TEXTS,
        _fixed_embeddings(),
        metadatas=[{"place": place} for place in PLACES],
        collection_name=f"langchain-{space}",
        collection_metadata={"hnsw:space": space},
        client_settings=chromadb.config.Settings(anonymized_telemetry=False),
    )
    relevant = store.similarity_search_with_relevance_scores("query", k=len(DOCUMENTS))
    found = {each.metadata["place"]: score for each, score in relevant}
    assert_shown(f"langchain-chroma-{space}-relevance", found, tolerance=4e-6)
    scored = store.similarity_search_with_score("query", k=len(DOCUMENTS))
    found = {each.metadata["place"]: score for each, score in scored}
    assert_shown(f"langchain-chroma-{space}-score", found, tolerance=4e-6)


def _fixed_embeddings() -> Any:
    embeddings: Any = pytest.importorskip("langchain_core.embeddings").Embeddings

    class Fixed(embeddings):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [DOCUMENTS[TEXTS.index(text)].tolist() for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return QUERY[0].tolist()

    return Fixed()


def test_llamaindex_on_faiss() -> None:
    faiss = pytest.importorskip("faiss")
    module = pytest.importorskip("llama_index.vector_stores.faiss")
    store = module.FaissVectorStore(faiss.IndexFlatL2(DIMENSIONS))
    store.add(_llamaindex_nodes())
    found = store.query(_llamaindex_query())
    assert_shown("llamaindex-faiss-l2", paired(found.ids, found.similarities))


@pytest.mark.parametrize("space", ["l2", "cosine"])
def test_llamaindex_on_chroma(space: str) -> None:
    module = pytest.importorskip("llama_index.vector_stores.chroma")
    store = module.ChromaVectorStore(chroma_collection=_chroma_collection(space))
    store.clear()
    store.add(_llamaindex_nodes())
    found = store.query(_llamaindex_query())
    assert_shown(f"llamaindex-chroma-{space}", paired(found.ids, found.similarities))


def _llamaindex_nodes() -> list[Any]:
    schema = pytest.importorskip("llama_index.core.schema")
    return [
        schema.TextNode(id_=str(place), text=TEXTS[place], embedding=DOCUMENTS[place].tolist())
        for place in PLACES
    ]


def _llamaindex_query() -> Any:
    stores = pytest.importorskip("llama_index.core.vector_stores")
    return stores.VectorStoreQuery(
        query_embedding=QUERY[0].tolist(), similarity_top_k=len(DOCUMENTS)
    )


@pytest.mark.parametrize(
    ("engine", "similarity", "scaled"),
    [
        ("haystack-dot-product", "dot_product", False),
        ("haystack-dot-product-scaled", "dot_product", True),
        ("haystack-cosine-scaled", "cosine", True),
    ],
)
def test_haystack(engine: str, similarity: str, scaled: bool) -> None:
    stores = pytest.importorskip("haystack.document_stores.in_memory")
    dataclasses = pytest.importorskip("haystack.dataclasses")
    store = stores.InMemoryDocumentStore(embedding_similarity_function=similarity)
    store.write_documents(
        [
            dataclasses.Document(
                id=str(place), content=TEXTS[place], embedding=DOCUMENTS[place].tolist()
            )
            for place in PLACES
        ]
    )
    found = store.embedding_retrieval(QUERY[0].tolist(), top_k=len(DOCUMENTS), scale_score=scaled)
    assert_shown(engine, {int(each.id): each.score for each in found})


def test_redisvl_turns_the_distances_of_redis_around() -> None:
    utils = pytest.importorskip("redisvl.utils.utils")
    for cosine in COSINES:
        turned = utils.norm_cosine_distance(from_cosine(cosine, "redis-cosine"))
        assert turned == pytest.approx(from_cosine(cosine, "redisvl-cosine-normalized"))
        turned = utils.norm_l2_distance(from_cosine(cosine, "redis-l2"))
        assert turned == pytest.approx(from_cosine(cosine, "redisvl-l2-normalized"))


@pytest.mark.parametrize("metric", ["l2", "cosine", "dot"])
def test_lancedb(metric: str, tmp_path: Path) -> None:
    lancedb = pytest.importorskip("lancedb")
    rows = [{"id": place, "vector": DOCUMENTS[place].tolist()} for place in PLACES]
    table = lancedb.connect(tmp_path).create_table("documents", rows)
    found = table.search(QUERY[0].tolist()).distance_type(metric).limit(len(rows)).to_list()
    shown = paired([row["id"] for row in found], [row["_distance"] for row in found])
    assert_shown(f"lancedb-{metric}", shown)


@pytest.mark.parametrize(
    ("engine", "function"),
    [
        ("duckdb-l2", "array_distance"),
        ("duckdb-cosine-distance", "array_cosine_distance"),
        ("duckdb-cosine-similarity", "array_cosine_similarity"),
        ("duckdb-ip", "array_inner_product"),
        ("duckdb-negative-ip", "array_negative_inner_product"),
    ],
)
def test_duckdb(engine: str, function: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    kind = f"FLOAT[{DIMENSIONS}]"
    asked = f"select {function}(?::{kind}, ?::{kind})"
    shown = {
        place: duckdb.execute(asked, [QUERY[0].tolist(), DOCUMENTS[place].tolist()]).fetchone()[0]
        for place in PLACES
    }
    assert_shown(engine, shown)


@pytest.mark.parametrize(
    ("engine", "metric"), [("sqlite-vec-l2", ""), ("sqlite-vec-cosine", "distance_metric=cosine")]
)
def test_sqlite_vec(engine: str, metric: str) -> None:
    assert_shown(engine, _sqlite_vec_distances(metric))


def test_sqlite_vec_adds_up_differences_by_l1() -> None:
    sums = np.abs(DOCUMENTS.astype(float) - QUERY.astype(float)).sum(axis=1)
    shown = _sqlite_vec_distances("distance_metric=L1")
    assert [shown[place] for place in PLACES] == pytest.approx(sums, abs=2e-6)


def _sqlite_vec_distances(metric: str) -> dict[int, float]:
    apsw, sqlite_vec = pytest.importorskip("apsw"), pytest.importorskip("sqlite_vec")
    base = apsw.Connection(":memory:")  # Python's own sqlite3 often loads no extensions
    base.enable_load_extension(True)
    base.load_extension(sqlite_vec.loadable_path())
    base.execute(f"create virtual table found using vec0(vector float[{DIMENSIONS}] {metric})")
    for place in PLACES:
        base.execute("insert into found(rowid, vector) values (?, ?)",
                     (place, DOCUMENTS[place].tobytes()))  # fmt: skip
    asked = "select rowid, distance from found where vector match ? and k = ?"
    return dict(base.execute(asked, (QUERY[0].tobytes(), len(DOCUMENTS))))


@pytest.mark.parametrize("metric", ["COSINE", "IP", "L2"])
def test_milvus(metric: str, tmp_path: Path) -> None:
    pytest.importorskip("milvus_lite")
    pymilvus = pytest.importorskip("pymilvus")
    client = pymilvus.MilvusClient(str(tmp_path / "milvus.db"))
    client.create_collection("documents", dimension=DIMENSIONS, metric_type=metric)
    rows = [{"id": place, "vector": DOCUMENTS[place].tolist()} for place in PLACES]
    client.insert("documents", rows)
    (found,) = client.search("documents", [QUERY[0].tolist()], limit=len(rows))
    shown = paired([hit["id"] for hit in found], [hit["distance"] for hit in found])
    assert_shown(f"milvus-{metric.lower()}", shown)


def test_qdrant_shows_a_sum_of_differences_by_manhattan() -> None:
    qdrant = pytest.importorskip("qdrant_client")
    client = qdrant.QdrantClient(":memory:")
    models = qdrant.models
    client.create_collection(
        "documents",
        vectors_config=models.VectorParams(size=DIMENSIONS, distance=models.Distance.MANHATTAN),
    )
    client.upsert(
        "documents",
        [models.PointStruct(id=place, vector=DOCUMENTS[place].tolist()) for place in PLACES],
    )
    found = client.query_points("documents", query=QUERY[0].tolist(), limit=len(DOCUMENTS)).points
    scores = [point.score for point in found]
    sums = np.abs(DOCUMENTS.astype(float) - QUERY.astype(float)).sum(axis=1)
    assert scores == pytest.approx(sorted(sums), abs=2e-6)  # the lowest first


def test_rank_fusion_of_lancedb_shows_what_it_is_named_for(tmp_path: Path) -> None:
    lancedb = pytest.importorskip("lancedb")
    rows = [
        {"id": place, "vector": DOCUMENTS[place].tolist(), "text": TEXTS[place]} for place in PLACES
    ]
    table = lancedb.connect(tmp_path).create_table("documents", rows)
    table.create_fts_index("text")
    best = int(np.argmax(COSINES))
    found = (
        table.search(query_type="hybrid").vector(QUERY[0].tolist()).text(f"{best}").limit(3)
    ).to_list()
    assert found[0]["_relevance_score"] == pytest.approx(1 / 61 + 1 / 61, abs=1e-6)
    assert "RRF, here 1/61 + 1/61" in read_score(0.0328, "weaviate-certainty").caution
