"""What a fitted calibrator costs: to apply it, and to fit it with its checks and its report.

    python -m benchmarks.apply [--pairs N] [--quick]

Apply: the calibrator that is stored with the sample, on 100,000 rows of features drawn at random
from within and around the values that it was fitted on. Peer: scikit-learn's predict_proba of the
same members, put together from its own steps (StandardScaler, SplineTransformer of degree 1 and
LogisticRegression) with the same numbers; one after another, without the weighing that ours does
beyond it. First each member must give the same values on both sides to 1e-9. Below 1 is quicker.

Many: the hits of 1,000 queries of the sample calibrated together, beside one after another.

Fit: the default method with validation and report, on 1,000 and 5,000 labels, in CPU seconds of
all threads. The labels are whole queries of the sample, drawn again and again until there are
enough, with a little noise on every feature so that no two rows are equal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.drawn_labels import drawn, sample_pairs
from benchmarks.interleaved import Goal, Side, machine, row, timed
from benchmarks.table import HEADER, line, verdict
from benchmarks.texts import EXAMPLES, SENTENCE, options, passages

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]
Apply = Callable[[Columns], Floats]

ROWS = 100_000
QUERIES = 1_000
TOLERANCE = 1e-9
FIT_GOALS = {1_000: 5.0, 5_000: 20.0}  # labels, and the seconds that are allowed


def stored_blend() -> Any:
    """Return the model of the calibrator that comes with the sample."""
    import search_core as sc

    return sc.load_calibrator((EXAMPLES / "calibrator.json").read_text(encoding="utf-8")).model


def our_apply() -> Apply:
    """Return what states the blend's values."""
    predict: Apply = stored_blend().predict
    return predict


def our_members() -> Apply:
    """Return what states the values of each member, one row a member."""
    members = stored_blend().members
    return lambda columns: np.array([member.predict(columns) for member in members])


def scikit_learn() -> Apply:
    """Return what states the values of each member by scikit-learn, one row a member."""
    members = [(member.columns, pipeline(member)) for member in stored_blend().members]

    def apply(columns: Columns) -> Floats:
        tables = [np.column_stack([columns[name] for name in names]) for names, _ in members]
        fitted = zip(members, tables, strict=True)
        return np.array([model.predict_proba(table)[:, 1] for (_, model), table in fitted])

    return apply


def pipeline(member: Any) -> Any:
    """Return scikit-learn's steps with a member's numbers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from search_core.calibrate.maps import Logistic

    is_straight = isinstance(member, Logistic)
    weights = member.coef if is_straight else np.concatenate(member.values)
    model = LogisticRegression()
    model.classes_ = np.array([0, 1])
    model.coef_ = np.array([weights])
    model.intercept_ = np.array([member.intercept])
    return make_pipeline(_standardised(member) if is_straight else _curves(member), model)


def _standardised(member: Any) -> Any:
    from sklearn.preprocessing import StandardScaler

    steps: Any = StandardScaler()
    steps.mean_, steps.scale_ = np.array(member.mean), np.array(member.scale)
    steps.n_features_in_ = len(member.columns)
    return steps


def _curves(member: Any) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import SplineTransformer

    # Lines between knots are splines of degree 1, and the weight of each is the value at its knot.
    curves = [
        (
            name,
            SplineTransformer(
                degree=1, knots=np.array(knots)[:, np.newaxis], extrapolation="constant"
            ),
            [place],
        )
        for place, (name, knots) in enumerate(zip(member.columns, member.knots, strict=True))
    ]
    return ColumnTransformer(curves).fit(np.zeros((2, len(curves))))


def ranges(members: Sequence[Any]) -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest knot of each column that a curve looks at."""
    return {
        name: (knots[0], knots[-1])
        for member in members
        if hasattr(member, "knots")
        for name, knots in zip(member.columns, member.knots, strict=True)
    }


def drawn_columns(bounds: Mapping[str, tuple[float, float]], rows: int, seed: int) -> Columns:
    """Return columns whose values lie in their bounds, and up to a tenth beyond them."""
    random = np.random.default_rng(seed)
    return {
        name: random.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low), rows)
        for name, (low, high) in bounds.items()
    }


def check_same_values(columns: Columns) -> float:
    """Return the largest difference of a value; end the benchmark if it is above 1e-9."""
    difference = float(np.abs(our_members()(columns) - scikit_learn()(columns)).max())
    if not difference <= TOLERANCE:
        raise SystemExit(f"The values differ by {difference:.1e}; times do not compare.")
    return difference


def print_many(quick: bool) -> None:
    """Print what calibrating the hits of many queries at once takes of doing so one by one."""
    import search_core as sc

    corpus = sc.read_corpus(EXAMPLES / "documents.csv")
    engine = sc.SearchEngine.build(corpus, sc.load_encoder())
    calibrator = sc.load_calibrator(EXAMPLES / "calibrator.json")
    queries = passages(corpus.texts, SENTENCE, 20 if quick else QUERIES, seed=7)
    found = engine.search_many(queries)
    calibrator.apply(found[0], engine)  # what is learned once is learned
    started = time.perf_counter()
    many = calibrator.apply_many(found, engine)
    middle = time.perf_counter()
    alone = [calibrator.apply(hits, engine) for hits in found]
    ratio = (middle - started) / (time.perf_counter() - middle)
    for one, other in zip(many, alone, strict=True):
        assert np.abs(one.scores - other.scores).max() <= TOLERANCE
    question = f"calibrating the hits of {len(queries):,} queries at once"
    print(line(question, "one by one", f"{ratio:.2f}", "≤ 1", verdict(ratio <= 1)), flush=True)


def print_fits(quick: bool) -> None:
    import search_core as sc

    judged = sample_pairs()
    for count, goal in FIT_GOALS.items():
        pairs = drawn(judged, count // 5 if quick else count, seed=count)
        started = time.process_time()
        sc.fit_calibrator(pairs, seed=0)
        seconds = time.process_time() - started
        question = f"fit with validation and report, {len(pairs):,} labels"
        met = verdict(seconds <= goal)
        print(line(question, "", f"{seconds:.1f} s of CPU", f"≤ {goal:g} s", met), flush=True)


def main() -> None:
    chosen: Any = options(__doc__)
    rows = 2_000 if chosen.quick else ROWS
    new = partial(drawn_columns, ranges(stored_blend().members), rows)
    difference = check_same_values(new(1_000))
    print(machine(), HEADER, sep="\n\n", flush=True)
    tasks = [new(seed) for seed in range(2 if chosen.quick else chosen.pairs)]
    with Side(our_apply) as ours, Side(scikit_learn) as peer:
        found = timed(ours, peer, tasks)
    print(row(f"apply, {rows:,} rows", "scikit-learn, same members", found, Goal(1.0)))
    print_many(chosen.quick)
    print_fits(chosen.quick)
    print(f"\nLargest difference of a member's value: {difference:.1e}.")


if __name__ == "__main__":
    main()
