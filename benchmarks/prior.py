"""What other collections suggest of one that none of the labels is of, and what needs no labels.

    python -m benchmarks.prior [--data FOLDER] [--write]

Each judged set is left out in turn, with all sets of the same making or source, and the prior is
learnt on the rest (`benchmarks/learnt_prior.py`). Rows are each query's first 20 hits; a hit that
nobody judged counts as not relevant. Loss is log-loss less the labels' own entropy.

Peers that need no labels: bayesian-bm25's two functions for vectors (where that package is
installed; it takes the collection's usual cosine as its background), min-max within a query,
1 / (1 + d) of the squared L2 distance, and the better half of two mixtures fitted to the first hits
of all queries (two Gaussians; a Gaussian above an exponential). The best is chosen in hindsight for
each set.

With one number told, the share of relevant among the first ten hits in tenths, beside it stands
Platt's curve on 50 labels of whole queries, the mean of four draws.

"Inside" is the share of rows whose chance, by the set's own labels, lies in the prior's 90% band,
and in one `SHORTER` as long in log-odds.

--write also learns the prior on all sets and stores it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import logit
from scipy.stats import norm

from benchmarks.calibration import geometric_mean, platt, split
from benchmarks.judged_data import data_folder, labelled_pairs, load_sets
from benchmarks.learnt_prior import first_hits, labelled_in, learn, learn_without
from benchmarks.random_effects import design_effect, fitted
from search_core.calibrate import prior as prior_module
from search_core.calibrate.maps import expit
from search_core.calibrate.prior import Prior
from search_core.evaluate.judged import rows_by_query
from search_core.evaluate.reliability import excess_loss
from search_core.features import FEATURE_NAMES
from search_core.pairs import ScoredPairs

try:
    from bayesian_bm25 import VectorProbabilityTransform, cosine_to_probability
except ImportError:
    VectorProbabilityTransform = None

Floats = npt.NDArray[np.float64]

PRIOR_FILE = Path(prior_module.__file__).with_name("prior.json")
TOLD_HITS = 10
DRAWS = 4
PLATT_LABELS = 50
ROUNDS = 200
NARROWEST = 0.01
SHORTER = 0.8
MOST = 0.9  # of a set's rows


def peers(pairs: ScoredPairs) -> dict[str, Floats]:
    """Return what each peer states without labels."""
    cosines = pairs.similarities
    stated = {
        "min-max": within_query(pairs),
        "1/(1+d)": 1 / (3 - 2 * cosines),
        "two Gaussians": mixture(cosines, exponential=False),
        "normal-exponential": mixture(cosines, exponential=True),
    }
    if VectorProbabilityTransform is not None:
        stated["cosine_to_probability"] = np.asarray(cosine_to_probability(cosines))
        stated["bayesian-bm25"] = likelihood_ratio(pairs)
    return stated


def within_query(pairs: ScoredPairs) -> Floats:
    """Return each cosine brought to 0 to 1 between its query's lowest and highest."""
    stated = np.empty(len(pairs))
    for rows in rows_by_query(pairs.queries).values():
        cosines = pairs.similarities[rows]
        stated[rows] = (cosines - cosines.min()) / max(float(np.ptp(cosines)), 1e-9)
    return stated


def likelihood_ratio(pairs: ScoredPairs) -> Floats:
    """Return bayesian-bm25's calibration of each query's distances, 1 - cosine."""
    assert pairs.usual_cosine is not None
    middle, deviation = pairs.usual_cosine
    transform = VectorProbabilityTransform(mu_G=1 - middle, sigma_G=deviation)
    stated = np.empty(len(pairs))
    for rows in rows_by_query(pairs.queries).values():
        stated[rows] = transform.calibrate(1 - pairs.similarities[rows])
    return stated


def mixture(cosines: Floats, *, exponential: bool) -> Floats:
    """Return the chance of the upper of two components, fitted by EM."""
    above = cosines - cosines.min() + 1e-6
    upper, lower = np.quantile(cosines, (0.9, 0.4))
    wide = narrow = float(cosines.std()) / 2
    rate, share = 1 / above.mean(), 0.2
    for _ in range(ROUNDS):
        rest = rate * np.exp(-rate * above) if exponential else norm.pdf(cosines, lower, narrow)
        first = share * norm.pdf(cosines, upper, wide)
        chance = first / (first + (1 - share) * rest + 1e-300)
        share = float(np.clip(chance.mean(), 0.001, 0.999))
        upper, wide = weighted(cosines, chance)
        lower, narrow = weighted(cosines, 1 - chance)
        rate = (1 - chance).sum() / ((1 - chance) * above).sum()
    return np.asarray(chance)


def weighted(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return the weighted mean and standard deviation, which is kept above .01."""
    mean = float(np.average(values, weights=weights + 1e-12))
    deviation = math.sqrt(float(np.average((values - mean) ** 2, weights=weights + 1e-12)))
    return mean, max(deviation, NARROWEST)


def told(prior: Prior, hits: ScoredPairs) -> Prior:
    """Return the prior with the share of relevant among the first ten hits, in tenths."""
    ranks = hits.features[:, FEATURE_NAMES.index("lrank")]
    ten = hits.take(ranks < math.log(TOLD_HITS + 0.5))
    return prior.with_base_rate(round(float(ten.relevance.mean()), 1), ten)


def platt_on_few(hits: ScoredPairs) -> float:
    """Return the mean loss of Platt's curve on 50 labels of whole queries."""
    losses = []
    for seed in range(DRAWS):
        parts = split(hits, PLATT_LABELS, seed)
        if parts:
            train, test = parts
            curve = platt(train.similarities, train.relevance)
            losses.append(excess_loss(test.relevance, curve(test.similarities)))
    return float(np.mean(losses))


def inside(prior: Prior, hits: ScoredPairs, length: float = 1.0) -> float:
    """Return the share of rows whose chance, by the set's own labels, lies in the band.

    Parameters
    ----------
    prior, hits:
        Learnt without the set, and its rows.
    length:
        Of a band around the same middle in log-odds, over that of the prior's own.
    """
    labelled = labelled_in(prior, hits)
    mean, covariance = prior.predictive()
    inverse = np.linalg.inv(covariance).astype(np.float64)
    start = fitted(labelled, 1.0, mean, inverse)
    own, _ = fitted(labelled, 1 / design_effect(labelled, *start), mean, inverse)
    low, high = shortened(*bands(prior, hits), length)
    chance = expit(labelled.rows @ own)
    return float(((low <= chance) & (chance <= high)).mean())


def bands(prior: Prior, pairs: ScoredPairs) -> tuple[Floats, Floats]:
    """Return the lower and the upper ends."""
    values = prior.predict(pairs)
    return values.low, values.high


def shortened(low: Floats, high: Floats, length: float) -> tuple[Floats, Floats]:
    """Return the ends of bands around the same middle in log-odds, of another length."""
    middle, half = (logit(low) + logit(high)) / 2, (logit(high) - logit(low)) / 2
    return expit(middle - length * half), expit(middle + length * half)


def measured(name: str, hits: Mapping[str, ScoredPairs]) -> dict[str, float]:
    """Return the figures of one set, left out."""
    prior, own = learn_without(name, hits), hits[name]
    y = own.relevance
    losses = {peer: excess_loss(y, stated) for peer, stated in peers(own).items()}
    best = min(losses, key=lambda peer: losses[peer])
    knowing, values = told(prior, own), prior.predict(own)
    figures = {
        "prior": excess_loss(y, values.mean),
        "best peer": losses[best],
        "told": excess_loss(y, knowing.predict(own).mean),
        "Platt on 50": platt_on_few(own),
        "inside": inside(prior, own),
        "inside, told": inside(knowing, own),
        "inside, shorter": inside(prior, own, SHORTER),
        "width": width(*bands(prior, own)),
        "width, told": width(*bands(knowing, own)),
        "width, shorter": width(*shortened(*bands(prior, own), SHORTER)),
    }
    cells = " | ".join(f"{figure:.3f}" for figure in figures.values())
    print(f"| {name} | {len(prior.collections)} | {y.mean():.2f} | {best} | {cells} |", flush=True)
    return figures


def width(low: Floats, high: Floats) -> float:
    """Return the mean width."""
    return float((high - low).mean())


def print_summary(every: list[dict[str, float]]) -> None:
    alone = [each["prior"] / each["best peer"] for each in every]
    knowing = [each["told"] / each["Platt on 50"] for each in every]
    print(
        f"\nWithout labels, of the best peer: {geometric_mean(alone):.2f}, worst {max(alone):.2f}"
    )
    print(
        f"One number told, of Platt on 50: {geometric_mean(knowing):.2f}, worst {max(knowing):.2f}"
    )
    for key in ("inside", "inside, told", "inside, shorter"):
        shares = [each[key] for each in every]
        most = sum(share >= MOST for share in shares)
        print(f"{key}: {np.mean(shares):.2f}; {MOST:.0%} or more in {most} of {len(shares)} sets")
    for key in ("width", "width, told", "width, shorter"):
        print(f"{key}: {np.mean([each[key] for each in every]):.2f}")


def written(prior: Prior) -> str:
    """Return the prior as JSON, a line for each field and each row of its covariance."""
    plain = msgspec.to_builtins(prior)
    rows = ",\n  ".join(map(json.dumps, plain.pop("covariance")))
    plain.pop("told")
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items()]
    return "{\n" + ",\n".join([*lines, f' "covariance": [\n  {rows}\n ]']) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if VectorProbabilityTransform is None:
        print("bayesian-bm25 is left out: the package is not installed.")
    sets = load_sets(data_folder(given.data))
    hits = {each.name: first_hits(each.name, labelled_pairs(each)) for each in sets}
    print(
        "| set | learnt on | base rate | best peer | prior | best peer's loss | told | Platt on 50 "
        "| inside | inside, told | inside, shorter | width | width, told | width, shorter |"
    )
    print("| --- | ---: | ---: | --- |" + " ---: |" * 10)
    print_summary([measured(name, hits) for name in hits])
    if given.write:
        PRIOR_FILE.write_text(written(learn(hits)), encoding="utf-8")


if __name__ == "__main__":
    main()
