"""Files that a visitor sends: read once, deleted from the disk, from then on in memory alone."""

from __future__ import annotations

from pathlib import Path

import search_core as sc
from search_ui.sessions import Session


def label_file(session: Session, path: str | None) -> bytes | None:
    """Return the content of the label file that the form names; kept, as it may be read again.

    Raises
    ------
    LabelsError
        The file is not on the server any more.
    """
    if path is None:
        session.label_file = None
        return None
    content = taken(path)
    if content is not None:
        session.label_file = (path, content)
    if session.label_file is None or session.label_file[0] != path:
        raise sc.LabelsError("The file is not on the server any more; choose it again.")
    return session.label_file[1]


def taken(path: str | None) -> bytes | None:
    """Read an upload and delete it from the disk; None where there is none."""
    if path is None:
        return None
    file = Path(path)
    try:
        return file.read_bytes()
    except OSError:
        return None
    finally:
        file.unlink(missing_ok=True)
