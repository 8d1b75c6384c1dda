"""Which column of a file holds what: by its exact name, else by a name that people usually give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from search_core.errors import InputError, LabelsError
from search_core.tables import listed

_BETWEEN_WORDS = re.compile(r"[\s-]+")
_NAMES_SHOWN = 4  # of other names that are read, too


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
    """

    exact: tuple[str, ...]
    usual: tuple[str, ...]
    words: str


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "query": Role(
            ("query",),
            (
                "question", "search", "prompt", "q", "search_query", "query_text", "user_query",
                "question_text", "search_term", "keyword", "keywords",
            ),
            "query",
        ),
        "query_id": Role(("query_id",), ("qid", "question_id", "topic_id"), "id of the query"),
        "text": Role(
            ("text",),
            (
                "document", "passage", "content", "answer", "chunk", "body", "sentence", "doc",
                "contents", "context", "paragraph", "snippet", "response", "document_text",
                "passage_text", "chunk_text",
            ),
            "text",
        ),
        "doc_id": Role(
            ("doc_id",),
            (
                "id", "docid", "document_id", "passage_id", "corpus_id", "chunk_id", "docno",
                "pid", "_id",
            ),
            "id of the document",
        ),
        "score": Role(
            ("score",),
            (
                "similarity", "distance", "sim", "similarity_score", "cosine", "cosine_similarity",
                "cos_sim", "dist", "bm25", "cosine_distance", "l2_distance", "_distance", "_score",
                "bm25_score", "rerank_score", "reranker_score", "rrf_score", "vector_score",
                "log_prob", "logprob", "inner_product", "dot_product", "maxsim",
            ),
            "score of an engine",
        ),
        "relevance": Role(
            ("relevance", "label", "score_human"),
            (
                "rating", "grade", "relevant", "judgement", "judgment", "rel", "target", "y",
                "is_relevant", "relevance_label", "relevance_score", "human_label",
                "human_score", "gold", "gold_label",
            ),
            "label",
        ),
        "split": Role(("split",), (), "split"),
    }
)  # fmt: skip
"""What a file of labels can hold."""

_PAIRS = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"),
    ("text1", "text2"), ("text_1", "text_2"), ("text_a", "text_b"),
    ("question1", "question2"), ("s1", "s2"),
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What the columns of a file hold.

    Attributes
    ----------
    used:
        The file's own name of the column, by role.
    notes:
        What is unusual, in sentences.
    """

    used: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def renamed(self) -> Mapping[str, str]:
        """The columns that have another name than their role's own, by role."""
        return {
            name: column
            for name, column in self.used.items()
            if folded(column) not in ROLES[name].exact
        }


def find_column(columns: Sequence[str], name: str, error: type[InputError]) -> str | None:
    """Return the column that holds a role: by an exact name, else by a usual one; None without.

    Raises
    ------
    InputError
        Two columns have usual names of this role, and none has its own.
    """
    found, role = candidates(columns, name), ROLES[name]
    if len(found) > 1:
        raise error(
            f"Both '{found[0][:40]}' and '{found[1][:40]}' could hold the {role.words}; rename the "
            f"column that does to '{role.exact[0]}'."
        )
    return found[0] if found else None


def candidates(columns: Sequence[str], name: str) -> list[str]:
    """Return the columns that could hold a role: those of an exact name, else of usual ones."""
    own, role = _by_folded_name(columns), ROLES[name]
    exact = next((own[each] for each in role.exact if each in own), [])
    return exact or [column for each in role.usual for column in own.get(each, [])]


def column_words(columns: Mapping[str, str]) -> tuple[str, ...]:
    """Say as what columns are read that have another name than their role's own.

    Examples
    --------
    >>> sc.column_words({"relevance": "rating"})
    ("Column 'rating' is read as the label.",)
    """
    return tuple(
        f"Column '{column[:40]}' is read as the {ROLES[name].words}."
        for name, column in columns.items()
    )


def folded(column: str) -> str:
    """Fold what does not tell two names apart: "Doc ID", "doc-id" and "doc_id" are one."""
    return _BETWEEN_WORDS.sub("_", column.strip().casefold())


def label_header(columns: Sequence[str], *, judged: bool) -> Header:
    """Find what the columns of a file of labels hold.

    Parameters
    ----------
    columns:
        The names in the header.
    judged:
        Whether there must be labels; a column of them is left alone otherwise.

    Raises
    ------
    LabelsError
        A column that is needed is missing, or two could be the same one.
    """
    used = _queries_and_texts(columns)
    if "query" not in used:
        used |= _found(columns, "query_id")
    used |= _exact_or(columns, "doc_id", usual="text" not in used)
    # Beside texts a usual name is read where it can be only one column; others are told as unused.
    alone = not {"text", "doc_id"} & used.keys()
    used |= _exact_or(columns, "score", usual=alone or len(candidates(columns, "score")) == 1)
    if judged:
        used |= _found(columns, "relevance", "split")
    _check_complete(columns, used, judged)
    spare, notes = _spare(used)
    used = {name: column for name, column in used.items() if name not in spare}
    return Header(MappingProxyType(used), notes)


def _spare(used: Mapping[str, str]) -> tuple[set[str], tuple[str, ...]]:
    """Return the roles of which nothing is used beside the others, and what to say of it."""
    if "query" not in used:  # without its words nothing can be embedded: scores alone
        if not {"text", "doc_id"} & used.keys():
            return set(), ()
        return {"text", "doc_id"}, (
            "The file has no queries in words, so its texts are not used, its scores are.",
        )
    if {"text", "doc_id"} <= used.keys():
        return {"doc_id"}, ("The file has both 'text' and 'doc_id'; the text is used.",)
    return set(), ()


def _queries_and_texts(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns of query and text; of a table of pairs the first and the second."""
    used = _found(columns, "query", "text")
    own = _by_folded_name(columns)
    pair = next((pair for pair in _PAIRS if own.keys() >= set(pair)), None)
    if used or pair is None:
        return used
    return {"query": own[pair[0]][0], "text": own[pair[1]][0]}


def _found(columns: Sequence[str], *names: str) -> dict[str, str]:
    found = {name: find_column(columns, name, LabelsError) for name in names}
    return {name: column for name, column in found.items() if column is not None}


def _exact_or(columns: Sequence[str], name: str, *, usual: bool) -> dict[str, str]:
    """Return the column of a role; by a usual name only where there is need of one."""
    exact = any(folded(column) in ROLES[name].exact for column in columns)
    return _found(columns, name) if exact or usual else {}


def _check_complete(columns: Sequence[str], used: Mapping[str, str], judged: bool) -> None:
    missing = []
    if "query" not in used and not {"query_id", "score"} <= used.keys():
        missing.append(f"'query' (or {_usual_names('query')})")
    if not {"text", "doc_id", "score"} & used.keys():
        missing.append(f"'text', 'doc_id' or 'score' (or {_usual_names('text')})")
    if judged and "relevance" not in used:
        missing.append(f"'relevance' (or label, {_usual_names('relevance')})")
    if not missing:
        return
    raise LabelsError(
        f"There is no column {' and none '.join(missing)}; name one so in the header; the columns "
        f"found are: {listed(columns)}.{_score_or_label(columns, used, judged)}"
    )


def _usual_names(name: str) -> str:
    return ", ".join(ROLES[name].usual[:_NAMES_SHOWN])


def _score_or_label(columns: Sequence[str], used: Mapping[str, str], judged: bool) -> str:
    """Say what to do with a column of scores where one of labels is missing: nobody can tell."""
    known = (*ROLES["score"].exact, *ROLES["score"].usual)
    scores = [column for column in columns if folded(column) in known]
    if not judged or "relevance" in used or not scores:
        return ""
    return (
        f" If people gave the numbers in '{scores[0][:40]}', rename it to 'relevance'; if an "
        "engine did, they are no labels."
    )


def _by_folded_name(columns: Sequence[str]) -> dict[str, list[str]]:
    own: dict[str, list[str]] = {}
    for column in columns:
        own.setdefault(folded(column), []).append(column)
    return own
