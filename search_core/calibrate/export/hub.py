"""Calibrators on the Hugging Face Hub: a repository of JSON and a card, never a pickle.

The conventions are those of huggingface_hub's `ModelHubMixin`: `save_pretrained`, `push_to_hub` and
`from_pretrained`. The mixin itself is not used, for a calibrator is a frozen value without a
configuration of its own, and the library works without huggingface_hub.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from search_core.calibrate.export.written import written
from search_core.calibrate.fitted import Fitted
from search_core.errors import CalibrationError, InputError, check_kind
from search_core.extras import extra

FILE = "calibrator.json"
CARD = "README.md"

_CARD = """\
---
library_name: score-sense
license: {license}
tags:
- calibration
- semantic-search
- score-sense
---

# {name}

A calibrator of search scores: from {scores} to predicted relevance, {kind}.

It was fitted on {rows:,} labels of {queries:,} queries by the method “{method}”{encoder}.

```python
import search_core as sc

calibrator = sc.Calibrator.from_pretrained("{repo}")
```

{figures}{thresholds}"""

_KINDS = {
    "probability": "the probability that a hit is relevant",
    "expected_relevance": "the average label to expect, from 0 to 1",
}


def save_pretrained(calibrator: Fitted, folder: str | Path, repo: str, licence: str) -> Path:
    """Write a calibrator and its card into a folder, which is made where it is not there.

    Raises
    ------
    CalibrationError
        The folder cannot be written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / FILE).write_text(written(calibrator), encoding="utf-8")
        (target / CARD).write_text(card(calibrator, repo, licence), encoding="utf-8")
    except OSError as fault:
        raise CalibrationError(
            f"The folder '{target}' cannot be written ({fault.strerror or fault}); give another."
        ) from None
    return target


def push_to_hub(
    calibrator: Fitted,
    repo_id: str,
    *,
    commit_message: str,
    private: bool | None,
    token: str | None,
    branch: str | None,
    create_pr: bool,
    licence: str,
) -> str:
    """Upload a calibrator and its card to a repository, which is made where it is not there.

    Raises
    ------
    MissingExtra
        huggingface_hub is not installed.
    CalibrationError
        The Hub refuses, with what it says.
    """
    check_kind(repo_id, str, "give the repository's name, such as 'me/shop'", InputError)
    with extra("hub"):
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    api = HfApi(token=token)
    try:
        made = api.create_repo(repo_id=repo_id, private=private, exist_ok=True)
        with TemporaryDirectory() as folder:
            save_pretrained(calibrator, folder, made.repo_id, licence)
            commit = api.upload_folder(
                repo_id=made.repo_id, repo_type="model", folder_path=folder,
                commit_message=commit_message, revision=branch, create_pr=create_pr,
            )  # fmt: skip
    except (HfHubHTTPError, HFValidationError, OSError) as fault:
        raise _refused(f"The calibrator could not be pushed to '{repo_id}'", fault) from fault
    return str(commit.commit_url)


def fetched(
    source: str | Path,
    *,
    revision: str | None,
    token: str | bool | None,
    cache_dir: str | Path | None,
    force_download: bool,
    local_files_only: bool,
) -> Path:
    """Return the file of a calibrator in a folder, or of a repository of the Hub.

    Raises
    ------
    MissingExtra
        It is no folder, and huggingface_hub is not installed.
    CalibrationError
        There is no such repository or file, or the Hub cannot be reached.
    """
    check_kind(source, (str, Path), "give a folder, or a repository of the Hub", InputError)
    if Path(source).is_dir():
        return Path(source) / FILE
    with extra("hub"):
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    try:
        file = hf_hub_download(
            repo_id=str(source), filename=FILE, revision=revision, token=token,
            cache_dir=cache_dir, force_download=force_download, local_files_only=local_files_only,
        )  # fmt: skip
    except (HfHubHTTPError, HFValidationError, OSError) as fault:
        raise _refused(f"No calibrator could be loaded from '{source}'", fault) from fault
    return Path(file)


def card(calibrator: Fitted, repo: str, licence: str) -> str:
    """Return the card of a calibrator: what it takes and states, and what its report says."""
    fitted = calibrator.fitted_on
    encoder = f", on vectors of “{_plain(fitted.encoder.name)}”" if fitted.encoder else ""
    return _CARD.format(
        license=licence,
        name=repo.rpartition("/")[2],
        repo=repo,
        scores=" and ".join(scale.words for scale in calibrator.scales.values()),
        kind=_KINDS[calibrator.kind],
        rows=fitted.rows,
        queries=fitted.queries,
        method=calibrator.method.replace("_", " "),
        encoder=encoder,
        figures=_figures(calibrator),
        thresholds=_thresholds(calibrator),
    )


def _figures(calibrator: Fitted) -> str:
    """Return what the report says, with its figures as a table; nothing without a report."""
    from search_core.evaluate.measures import MEASURES

    report = calibrator.report
    if not report:
        return ""
    rows = [
        f"| {each.label} | {report[each.name]:.3f} | {_ends(report['intervals'].get(each.name))} |"
        for each in MEASURES.values()
        if isinstance(report.get(each.name), float)
    ]
    notes = "".join(f"- {_plain(note)}\n" for note in report.get("notes", ()))
    return "\n".join(
        [
            "## On queries that it never saw\n",
            f"{_plain(report['verdict']['sentence'])}\n",
            "| figure | value | 90% interval |",
            "| --- | --- | --- |",
            *rows,
            f"\n{notes}",
        ]
    )


def _thresholds(calibrator: Fitted) -> str:
    held = calibrator.promises
    lines = "".join(f"- {promise}\n" for promise in held)
    return f"\n## Thresholds\n\n{lines or 'None is guaranteed with these labels.'}"


def _ends(interval: list[float] | None) -> str:
    return "" if interval is None else "{:.3f} to {:.3f}".format(*interval)


def _plain(text: str) -> str:
    """Return a text on one line, which neither ends a table nor makes HTML."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


def _refused(what: str, fault: Exception) -> CalibrationError:
    said = " ".join(str(fault).split())[:200].rstrip(".")
    return CalibrationError(
        f"{what} ({type(fault).__name__}: {said}); check the name, your token and the network."
    )
