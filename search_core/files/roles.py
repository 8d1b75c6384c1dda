"""What the columns of files hold: the names that people usually give them, one record a role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_BETWEEN_WORDS = re.compile(r"[\s-]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Role:
    """What a column can hold.

    Attributes
    ----------
    exact:
        Its names; where several stand in a file, the first counts.
    usual:
        Other names that it is known by; where several stand in a file, nobody can tell which.
    words:
        What the column holds, for a sentence.
    otherwise:
        Names that count only where no other one stands in the file.
    """

    exact: tuple[str, ...]
    usual: tuple[str, ...]
    words: str
    otherwise: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the column is known by."""
        return (*self.exact, *self.usual, *self.otherwise)


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "query": Role(
            ("query",),
            (
                "question", "search", "prompt", "q", "search_query", "query_text", "user_query",
                "question_text", "search_term", "keyword", "keywords", "user_input", "input",
                "user_question", "query_string", "search_string", "anchor",
                "frage", "anfrage", "suchanfrage", "suchbegriff", "requête", "requete", "consulta",
                "pregunta", "domanda", "pergunta", "zapytanie", "запрос", "вопрос", "查询", "问题",
                "質問", "クエリ", "検索語", "질문", "검색어",
            ),
            "query",
        ),
        "query_id": Role(
            ("query_id",), ("qid", "question_id", "topic_id", "topic"), "id of the query"
        ),
        "text": Role(
            ("text",),
            (
                "document", "passage", "content", "chunk", "body", "sentence", "doc",
                "contents", "context", "paragraph", "snippet", "document_text",
                "passage_text", "chunk_text", "contexts", "retrieved_contexts", "retrieved_context",
                "retrieved_chunk", "retrieved_text", "retrieved", "page_content", "doc_text",
                "candidate", "product_title", "chunks", "documents", "passages",
                "dokument", "textstelle", "texte", "extrait", "texto", "documento", "testo",
                "текст", "документ", "文本", "文档", "テキスト", "文書", "텍스트", "문서",
            ),
            "text",
            # Beside a text that was retrieved, an answer is what was made of it.
            (
                "answer", "response", "output", "completion", "antwort", "réponse", "reponse",
                "respuesta", "risposta", "resposta", "ответ", "回答", "答案", "답변",
            ),
        ),
        "doc_id": Role(
            ("doc_id",),
            (
                "id", "docid", "document_id", "passage_id", "corpus_id", "chunk_id", "docno",
                "pid", "_id", "product_id",
            ),
            "id of the document",
        ),
        "score": Role(
            ("score",),
            (
                "similarity", "distance", "sim", "similarity_score", "cosine", "cosine_similarity",
                "cos_sim", "dist", "bm25", "rerank_score", "reranker_score", "bm25_score",
                "cross_encoder_score", "vector_score", "retrieval_score", "search_score",
                "hybrid_score", "rrf_score", "logit", "punktzahl", "puntaje", "cosine_distance",
                "l2_distance", "_distance", "_score", "log_prob", "logprob", "inner_product",
                "dot_product", "maxsim", "scores", "similarities", "distances",
                "similarity_scores", "retrieval_scores", "@search.score",
                "@search.reranker_score", "ähnlichkeit", "distanz", "abstand",
                "similarité", "similarite", "similitud", "similaridade", "somiglianza", "スコア",
                "類似度", "分数", "得分", "相似度", "점수", "유사도",
            ),
            "score of an engine",
        ),
        "relevance": Role(
            ("relevance", "label", "score_human"),
            (
                "rating", "grade", "relevant", "judgement", "judgment", "rel", "target", "y",
                "is_relevant", "relevance_label", "relevance_score", "human_label",
                "human_score", "gold", "gold_label", "is_duplicate", "is_selected", "esci_label",
                "feedback", "user_feedback", "thumbs", "vote", "choice", "choices", "annotation",
                "gain", "relevancy", "human_rating", "is_correct", "is_match", "gold_score",
                "labels", "relevances", "relevanz", "bewertung", "pertinence", "pertinent",
                "relevancia", "valoración", "relevância", "rilevanza", "релевантность", "相关性",
                "関連性", "urteil", "évaluation", "étiquette", "evaluación", "etiqueta",
                "avaliação", "valutazione", "etichetta", "оценка", "评分", "标签", "評価", "ラベル",
                "평가", "레이블",
            ),
            "label",
        ),
        "split": Role(("split",), (), "split"),
    }
)  # fmt: skip
"""What a file of labels can hold."""

PAIRS = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"),
    ("text1", "text2"), ("text_1", "text_2"), ("text_a", "text_b"),
    ("question1", "question2"), ("question_1", "question_2"), ("s1", "s2"), ("sent1", "sent2"),
)  # fmt: skip
"""Names of two columns of texts that were compared; the first is read as the query."""


def folded(column: str) -> str:
    """Fold what does not distinguish two names: "Doc ID", "doc-id", "docId" and "doc_id" are one.

    So are accents that stand in one character, or behind their letter as some systems write them.
    """
    name = unicodedata.normalize("NFC", column).strip().rstrip("?")
    return _BETWEEN_WORDS.sub("_", _CAMEL.sub("_", name)).casefold()


def role_names() -> frozenset[str]:
    """Return every name that has a role, folded."""
    return frozenset(name for role in ROLES.values() for name in role.names)
