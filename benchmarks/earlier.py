"""An earlier version of the project, to measure this one beside it."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REVISION = "1de4a8f"  # before apply, fits and the page were made smaller


@contextmanager
def earlier(revision: str = REVISION) -> Iterator[Path]:
    """Write the files of a revision into a folder that is gone afterwards."""
    git = ["git", "-C", str(ROOT), "archive", revision]
    try:
        files = subprocess.run(git, check=True, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(f"Revision {revision} is not in the history here; fetch it.") from None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(files)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)
