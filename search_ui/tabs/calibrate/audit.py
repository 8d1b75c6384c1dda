"""The label audit: which labels deserve a second look, as HTML and as a CSV."""

from __future__ import annotations

from collections.abc import Sequence

import search_core as sc
from search_ui.calibration_view import Audit, CalibrationView, ConflictRow, JudgedRow, SuspectRow
from search_ui.tabs.calibrate.download import download_link
from search_ui.wording import count, escaped, folded, number, shortened

FIRST = 4  # suspects that are shown at once; the others unfold
CHARACTERS = 220  # of a text: enough to judge it again
_COLUMNS = ("row", "query", "text", "judged", "stated", "what moved the value")


def audit_html(view: CalibrationView) -> str:
    """Return the labels that deserve a second look; nothing here changes a label."""
    audit, graded = view.audit, view.report.graded
    if not audit.suspects:
        return ""
    first, more = audit.suspects[:FIRST], audit.suspects[FIRST:]
    others = folded(_table(more, graded), len(more))
    link = download_link("suspects.csv", suspects_csv(audit), "Download the suspects as CSV")
    return (
        '<div class="ss"><div class="card">'
        f"<h3>{count(len(audit.suspects), 'label')} to look at again</h3>"
        '<p class="soft">Where judgement and calibrator, fitted without that query, differ '
        "most. Either may be wrong; nothing here changes a label.</p>"
        f"{_table(first, graded)}{others}{_conflicts_html(audit)}<p>{link}</p></div></div>"
    )


def suspects_csv(audit: Audit) -> str:
    """Return the suspects as a CSV that runs nothing when a spreadsheet opens it."""
    rows = [
        (
            each.label.row,
            each.label.query,
            each.label.text,
            f"{each.label.judged:g}",
            f"{each.stated:.4f}",
            _moved_words(each),
        )
        for each in audit.suspects
    ]
    return sc.write_table(_COLUMNS, rows)


def _table(suspects: Sequence[SuspectRow], graded: bool) -> str:
    body = "".join(_suspect_row(each, graded) for each in suspects)
    return (
        '<table class="cards suspects"><thead><tr><th>query and text</th><th class="n">judged</th>'
        '<th class="n">stated</th><th class="moved">what moved the value most</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _suspect_row(suspect: SuspectRow, graded: bool) -> str:
    label = suspect.label
    text = f"<br>{escaped(shortened(label.text, CHARACTERS))}" if label.text else ""
    return (
        f'<tr><td class="whole"><div><b>{escaped(shortened(label.query, CHARACTERS))}</b>{text}'
        f'<br><small class="soft">row {label.row}</small></div></td>'
        f'<td class="n" data-name="judged">{_judged(label, graded)}</td>'
        f'<td class="n" data-name="stated">{number(suspect.stated)}</td>'
        f'<td class="whole moved"><div>{_moved_html(suspect)}</div></td></tr>'
    )


def _judged(label: JudgedRow, graded: bool) -> str:
    return number(label.judged) if graded else ("relevant" if label.judged else "irrelevant")


def _moved_html(suspect: SuspectRow) -> str:
    return "<br>".join(_mover(words, part) for words, part in suspect.moved)


def _mover(words: str, part: float) -> str:
    way, sign = ("up", "+") if part > 0 else ("down", "")
    return f'<span class="{way}">{sign}{number(part, 1)}</span> {escaped(words)}'


def _moved_words(suspect: SuspectRow) -> str:
    return "; ".join(f"{words}: {part:+.1f}" for words, part in suspect.moved)


def _conflicts_html(audit: Audit) -> str:
    pairs, alike = audit.contradictions, audit.near_duplicates
    return _conflict_list(
        pairs, "judged differently, though they differ in case and blanks at most"
    ) + _conflict_list(alike, "nearly the same under one query, judged far apart")


def _conflict_list(conflicts: Sequence[ConflictRow], words: str) -> str:
    if not conflicts:
        return ""
    items = "".join(f"<li>{_conflict(each)}</li>" for each in conflicts)
    return (
        f"<details open><summary>{count(len(conflicts), 'group')} of texts {words}</summary>"
        f'<ul class="conflicts">{items}</ul></details>'
    )


def _conflict(conflict: ConflictRow) -> str:
    query = escaped(shortened(conflict.labels[0].query, CHARACTERS))
    rows = "; ".join(
        f"row {each.row}, judged {number(each.judged)}: “{escaped(shortened(each.text, 120))}”"
        for each in conflict.labels
    )
    return f"<b>{query}</b> {rows} (cosine {number(conflict.cosine, 3)})"
