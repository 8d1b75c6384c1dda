"""What a visitor does to a workspace, step by step, without a page."""

from __future__ import annotations

import search_core as sc
from search_ui.tabs.own_texts import embedded
from search_ui.visit.calibrating import Given, Kind, fit_judged, judged_for_fit, read_given
from search_ui.visit.workspace import Workspace


def quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def csv_of(subject: str, *, scores: bool = False) -> bytes:
    """120 yes-or-no judgements of 12 queries; relevant texts name the query's number."""
    lines = ["query,score,relevance" if scores else "query,text,relevance"]
    for n in range(120):
        query, right = n % 12, n // 12 % 3 == 0
        text = f"note {n} on {subject} {query if right else query + 40}"
        cell = str(3 * right + n % 5) if scores else text
        lines.append(f"{subject} {query},{cell},{int(right)}")
    return "\n".join(lines).encode()


def read(
    workspace: Workspace, content: bytes | None, kind: Kind = "csv", progress: sc.Progress = quiet
) -> Workspace:
    """Read labels, as "Read and check" does."""
    given = Given(kind, content, scores_are="bm25")
    return workspace.with_labels(read_given(workspace, given, progress))


def fit(
    workspace: Workspace, method: str = "platt", kind: Kind = "csv", progress: sc.Progress = quiet
) -> Workspace:
    """Fit on the labels that are held, as "Fit and test" does."""
    judged = judged_for_fit(workspace, kind, progress)
    return workspace.with_fit(judged, fit_judged(workspace, judged, method, progress))


def paste(workspace: Workspace, *texts: str) -> Workspace:
    """Search these texts, as "Search my texts" does; the sample without any."""
    content = "\n".join(texts).encode()
    return workspace.with_collection(embedded(workspace, content, quiet) if texts else None)


def ferries(more: int = 0) -> list[str]:
    """Return notes on ferries: 60, and some more."""
    return [f"note {n} on ferries {n}" for n in range(60 + more)]
