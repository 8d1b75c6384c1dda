"""A calibrator of the score alone in other languages: SQL, JavaScript, Painless, Vespa and Lucene.

Each language is a record: how it writes numbers, the functions that a formula needs, and straight
lines between knots. What is computed is said once, by the formulas of `maps`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from search_core.calibrate.export.code_words import (
    UNSET,
    fitted_words,
    kind_words,
    refuse_several,
    scale_words,
)
from search_core.calibrate.fitted import Fitted
from search_core.calibrate.formula import (
    Clipped,
    Lines,
    Logarithm,
    Name,
    Node,
    Number,
    Operation,
    Sigmoid,
    Step,
    shifted,
)
from search_core.calibrate.maps import Logistic, logit
from search_core.errors import CalibrationError, InputError

_ATOM, _PRODUCT, _SUM = 3, 2, 1  # how tightly parts hold together
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True)
class _Text:
    """A part as it is written, and how tightly it holds together."""

    text: str
    binding: int = _ATOM

    def within(self, binding: int) -> str:
        """Return the text for a place that binds so tightly, in brackets where it needs them."""
        return self.text if self.binding >= binding else f"({self.text})"


Write = Callable[[Node], str]
"""Writes a part of a formula."""


@dataclass(frozen=True)
class Language:
    """How a language writes a formula.

    Attributes
    ----------
    sigmoid, logarithm, clipped:
        Templates of the functions: `{0}` is what they are of, in brackets where it needs them;
        `{1}` and `{2}` are bounds.
    lines:
        How straight lines between knots are looked up.
    number:
        How a number is written.
    """

    sigmoid: str
    logarithm: str
    clipped: str
    lines: Callable[[Lines, Write], str]
    number: Callable[[float], str] = repr

    def written(self, node: Node, names: Mapping[str, _Text] = MappingProxyType({})) -> _Text:
        """Return a part of a formula in this language.

        Parameters
        ----------
        node:
            The part.
        names:
            What stands for the score and for earlier steps; else their names do.
        """
        match node:
            case Number(value):
                return _Text(self.number(value))
            case Name(name):
                return names.get(name, _Text(name))
            case Operation():
                return self._operation(node, names)
            case Sigmoid(of):
                return _Text(self.sigmoid.format(self.written(of, names).within(_ATOM)), _PRODUCT)
            case Logarithm(of):
                return _Text(self.logarithm.format(self.written(of, names).text))
            case Clipped(of, lower, upper):
                ends = map(self.number, (lower, upper))
                return _Text(self.clipped.format(self.written(of, names).text, *ends))
            case Lines():
                return _Text(self.lines(node, lambda part: self.written(part, names).text))
        raise AssertionError(f"no such part: {node}")

    def _operation(self, node: Operation, names: Mapping[str, _Text]) -> _Text:
        sign, right = node.sign, node.right
        if isinstance(right, Number) and right.value < 0 and sign in "+-":
            sign, right = "-" if sign == "+" else "+", Number(-right.value)
        binding = _BINDING[sign]
        left = self.written(node.left, names).within(binding)
        # What is taken off, and what is divided by, must hold together more tightly.
        closer = binding + (sign in "-/")
        return _Text(f"{left} {sign} {self.written(right, names).within(closer)}", binding)


def _cases(lines: Lines, write: Write) -> str:
    """Write SQL's CASE, one line a knot."""
    at, pieces = write(lines.at), [write(piece) for piece in lines.pieces]
    below = zip(lines.knots, pieces, strict=False)
    whens = [f"    WHEN {at} < {write(Number(knot))} THEN {piece}" for knot, piece in below]
    return "\n".join(["CASE", *whens, f"    ELSE {pieces[-1]}", "END"])


def _choices(template: str) -> Callable[[Lines, Write], str]:
    """Return a lookup by choices of two, halving what is left: few deep, however many knots."""

    def chosen(at: str, knots: Sequence[str], pieces: Sequence[str]) -> str:
        if not knots:
            return pieces[0]
        half = len(knots) // 2
        below = chosen(at, knots[:half], pieces[: half + 1])
        above = chosen(at, knots[half + 1 :], pieces[half + 1 :])
        return template.format(at, knots[half], _indented(below), _indented(above))

    def written(lines: Lines, write: Write) -> str:
        knots = [write(Number(knot)) for knot in lines.knots]
        return chosen(write(lines.at), knots, [write(piece) for piece in lines.pieces])

    return written


def _indented(text: str) -> str:
    """Return a text whose lines after the first stand further in."""
    return text.replace("\n", "\n  ")


def _with_exponent(value: float) -> str:
    """Write a number that DuckDB takes for a double, not for a decimal."""
    written = repr(value)
    return written if "e" in written else f"{written}e0"


_TERNARY = _choices("({0} < {1}\n  ? {2}\n  : {3})")
JAVASCRIPT = Language(
    "1.0 / (1.0 + Math.exp(-{0}))", "Math.log({0})", "Math.min(Math.max({0}, {1}), {2})", _TERNARY
)
PAINLESS = JAVASCRIPT
VESPA = Language(
    "1.0 / (1.0 + exp(-{0}))", "log({0})", "min(max({0}, {1}), {2})",
    _choices("if ({0} < {1},\n  {2},\n  {3})"),
)  # fmt: skip


@dataclass(frozen=True)
class SqlDialect:
    """A database, and how it is asked.

    Attributes
    ----------
    language:
        How it writes a formula.
    guard:
        When a score is one: neither NULL nor NaN.
    scores:
        How the database makes a score on a scale, by the scale's name.
    """

    language: Language
    guard: str
    scores: Mapping[str, str]


# PostgreSQL refuses an exponential that is too large or too small to be a double.
_POSTGRES = Language(
    "1.0 / (1.0 + EXP(LEAST(GREATEST(-{0}, -700.0), 700.0)))", "LN({0})",
    "LEAST(GREATEST({0}, {1}), {2})", _cases,
)  # fmt: skip
_DUCKDB = Language(
    "1e0 / (1e0 + EXP(LEAST(GREATEST(-{0}, -700e0), 700e0)))", "LN({0})",
    "LEAST(GREATEST({0}, {1}), {2})", _cases, _with_exponent,
)  # fmt: skip
_SQLITE = Language("1.0 / (1.0 + EXP(-{0}))", "LN({0})", "MIN(MAX({0}, {1}), {2})", _cases)
_IS_NUMBER = "{0} < CAST('Infinity' AS DOUBLE PRECISION)"  # NaN counts as the greatest number

SQL: Mapping[str, SqlDialect] = MappingProxyType(
    {
        "pgvector": SqlDialect(
            _POSTGRES, _IS_NUMBER,
            {
                "cosine": "1 - (embedding <=> query)",
                "cosine_distance": "embedding <=> query",
                "l2": "embedding <-> query",
                "squared_l2": "(embedding <-> query) ^ 2",
                "inner_product": "-(embedding <#> query)",
            },
        ),
        "duckdb": SqlDialect(
            _DUCKDB, _IS_NUMBER,
            {
                "cosine": "array_cosine_similarity(embedding, query)",
                "cosine_distance": "array_cosine_distance(embedding, query)",
                "l2": "array_distance(embedding, query)",
                "squared_l2": "array_distance(embedding, query) ** 2",
                "inner_product": "array_inner_product(embedding, query)",
            },
        ),
        "sqlite": SqlDialect(
            _SQLITE, "TYPEOF({0}) IN ('real', 'integer')",
            {
                "cosine": "1 - vec_distance_cosine(embedding, query)",
                "cosine_distance": "vec_distance_cosine(embedding, query)",
                "l2": "vec_distance_l2(embedding, query)",
                "squared_l2": "power(vec_distance_l2(embedding, query), 2)",
                "negative_bm25": "bm25(the FTS5 table)",
            },
        ),
    }
)  # fmt: skip
"""Every database by its name."""

_OF_ELASTICSEARCH = {
    "cosine": "cosineSimilarity(params.query_vector, 'embedding')",
    "cosine_distance": "1.0 - cosineSimilarity(params.query_vector, 'embedding')",
    "inner_product": "dotProduct(params.query_vector, 'embedding')",
    "l2": "l2norm(params.query_vector, 'embedding')",
    "squared_l2": "Math.pow(l2norm(params.query_vector, 'embedding'), 2)",
}
_OF_VESPA = {
    "cosine": "1 - distance(field, embedding), with distance-metric prenormalized-angular",
    "cosine_distance": "distance(field, embedding), with distance-metric prenormalized-angular",
    "l2": "distance(field, embedding), with distance-metric euclidean",
    "bm25": "bm25(text)",
}


def to_sql(calibrator: Fitted, dialect: str, score: str) -> str:
    """Return the calibrated value as an expression; see `Calibrator.to_sql`."""
    if dialect not in SQL:
        raise InputError(f"There is no SQL for {dialect!r:.40}; choose one of {', '.join(SQL)}.")
    if not score.strip():
        raise InputError("The score's column is empty; name it, or write what makes the score.")
    found, steps = SQL[dialect], steps_of(calibrator)
    column = score if _PLAIN.fullmatch(score) else f"({score})"
    value = _in_one(steps, found.language, _turned(calibrator, column))
    # Whoever sends the text may take a percent sign for a place to fill.
    header = _header(calibrator, "--", found.scores).replace("%", " percent")
    return f"{header}CASE WHEN {found.guard.format(column)} THEN\n{value}\nEND"


def to_javascript(calibrator: Fitted) -> str:
    """Return a function `calibrated(score)`; see `Calibrator.to_javascript`."""
    lines = _statements(steps_of(calibrator), JAVASCRIPT, "let")
    body = [
        'if (typeof score !== "number" || Number.isNaN(score)) return NaN;',
        f"const x = {_turned(calibrator, 'score').text};",
        *lines,
        "return p;",
    ]
    inside = "\n".join(f"  {_indented(line)}" for line in body)
    return f"{_header(calibrator, '//')}function calibrated(score) {{\n{inside}\n}}\n"


def to_painless(calibrator: Fitted, score: str | None) -> str:
    """Return a script of Elasticsearch and OpenSearch; see `Calibrator.to_painless`."""
    made = score or _OF_ELASTICSEARCH.get(calibrator.scale.name, "_score")
    lines = _statements(steps_of(calibrator), PAINLESS, "double")
    x = f"double x = {_turned(calibrator, f'({made})').text};"
    return "\n".join([f"{_header(calibrator, '//')}{x}", *lines, "return p;", ""])


def to_vespa(calibrator: Fitted) -> str:
    """Return a function for a rank profile; see `Calibrator.to_vespa`."""
    value = _in_one(steps_of(calibrator), VESPA, _turned(calibrator, "score"))
    inside = f"    expression {{\n{value}\n    }}"
    header = _header(calibrator, "#", _OF_VESPA)
    return f"{header}function calibrated(score) {{\n{inside}\n}}\n"


def to_lucene(calibrator: Fitted) -> str:
    """Return a `BayesianScoreQuery`; see `Calibrator.to_lucene`."""
    refuse_several(calibrator)
    model = calibrator.model
    if not isinstance(model, Logistic) or not model.formula():
        raise CalibrationError(
            "Lucene's BayesianScoreQuery takes a logistic curve of the score, and this calibrator "
            f"is another ({calibrator.method}); fit with the method 'platt'."
        )
    slope = model.coef[0] / model.scale[0]
    if slope <= 0 or not calibrator.scale.higher_is_better:
        raise CalibrationError(
            "Lucene's BayesianScoreQuery takes scores of which higher ones are better, and this "
            f"calibrator reads {scale_words(calibrator.scale)}; fit one on Lucene's own scores."
        )
    beta = model.mean[0] - (model.intercept + _shift(calibrator)) / slope
    made = f"new BayesianScoreQuery(query, (float) {slope!r}, (float) {beta!r})"
    return f"{_header(calibrator, '//')}{made}\n"


def steps_of(calibrator: Fitted) -> tuple[Step, ...]:
    """Return the formula of a calibrator, with what re-states it for another share.

    Raises
    ------
    CalibrationError
        It looks at more than one score.
    """
    refuse_several(calibrator)
    steps = calibrator.model.formula()
    if not steps:
        raise CalibrationError(
            "This calibrator looks at more than the score, such as neighbours and words, which "
            "only this library has; fit on the score alone, with the method 'platt' say."
        )
    shift = _shift(calibrator)
    return shifted(steps, shift) if shift else steps


def _shift(calibrator: Fitted) -> float:
    """Return by how much log-odds are moved for another share of relevant rows."""
    if calibrator.base_rate is None:
        return 0.0
    there, here = logit(np.array([calibrator.base_rate, calibrator.fitted_on.mean])).tolist()
    return float(there - here)


def _turned(calibrator: Fitted, score: str) -> _Text:
    """Return a score turned so that more is better."""
    return _Text(score) if calibrator.scale.higher_is_better else _Text(f"-{score}", _SUM)


def _in_one(steps: Sequence[Step], language: Language, score: _Text) -> str:
    """Return steps as one expression, each put where it is named."""
    names = {"x": score}
    for name, node in steps:
        names[name] = language.written(node, names)
    return names["p"].text


def _statements(steps: Sequence[Step], language: Language, declared: str) -> list[str]:
    """Return a statement a step; a name is declared where it first stands."""
    known: set[str] = set()
    lines = []
    for name, node in steps:
        start = name if name in known else f"{declared} {name}"
        lines.append(f"{start} = {language.written(node).text};")
        known.add(name)
    return lines


def _header(calibrator: Fitted, sign: str, scores: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return comments: what was fitted, what goes in, what comes out, and the threshold."""
    threshold = calibrator.deciding_threshold()
    limit = UNSET if threshold is None else threshold.promise
    made = scores.get(calibrator.scale.name)
    example = f", such as {made}" if made else ""
    lines = (
        f"{fitted_words(calibrator)}.",
        f"In: {scale_words(calibrator.scale)}{example}.",
        f"Out: {kind_words(calibrator)}.",
        limit,
    )
    return "".join(f"{sign} {line}\n" for line in lines)


@dataclass(frozen=True)
class CodeLanguage:
    """A language that a calibrator of the score alone is written in.

    Attributes
    ----------
    label:
        Its name.
    write:
        Takes a calibrator, and what makes the score there (None takes what is usual), and returns
        code.

    Examples
    --------
    >>> rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
    >>> fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> code = sc.CODE_LANGUAGES["duckdb"].write(fitted.calibrator, "cosine")
    >>> code.splitlines()[-1]
    'END'
    """

    label: str
    write: Callable[[Fitted, str | None], str]


CODE_LANGUAGES: Mapping[str, CodeLanguage] = MappingProxyType(
    {
        "pgvector": CodeLanguage(
            "PostgreSQL, pgvector",
            lambda fitted, score: to_sql(fitted, "pgvector", score or "score"),
        ),
        "duckdb": CodeLanguage(
            "DuckDB", lambda fitted, score: to_sql(fitted, "duckdb", score or "score")
        ),
        "sqlite": CodeLanguage(
            "SQLite", lambda fitted, score: to_sql(fitted, "sqlite", score or "score")
        ),
        "javascript": CodeLanguage("JavaScript", lambda fitted, _: to_javascript(fitted)),
        "painless": CodeLanguage("Elasticsearch, OpenSearch", to_painless),
        "vespa": CodeLanguage("Vespa", lambda fitted, _: to_vespa(fitted)),
        "lucene": CodeLanguage("Lucene", lambda fitted, _: to_lucene(fitted)),
    }
)
"""The languages by the keys that `score-sense export --to` takes."""
