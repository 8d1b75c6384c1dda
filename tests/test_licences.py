"""What Score Sense runs with, and what builds its site, may be used as freely as itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def asked_for_in(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.split(" #")[0].strip()) for line in lines if line[:1] not in ("", "#")]


DIRECT = asked_for_in("requirements.txt")
OF_THE_DOCS = asked_for_in("requirements-docs.txt")

PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSL-1.0", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Unlicense",
    "Zlib",
    # Weak copyleft, file by file, and nothing of these packages is changed or copied here.
    "MPL-2.0",
}  # fmt: skip
SPELLED = {  # how older metadata says it
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "ISC License": "ISC",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: MIT License": "MIT",
}


def installed(asked: list[Requirement]) -> Iterator[Distribution]:
    """Yield every package that these need, directly or by others, as this machine has it."""
    seen, waiting = set(), list(asked)
    while waiting:
        each = waiting.pop()
        key = (re.sub(r"[-_.]+", "-", each.name).lower(), *sorted(each.extras))
        if key in seen:
            continue
        seen.add(key)
        found = distribution(each.name)
        yield found
        needed = map(Requirement, found.requires or ())
        extras = {"", *each.extras}
        waiting += [
            one
            for one in needed
            if one.marker is None or any(one.marker.evaluate({"extra": x}) for x in extras)
        ]


def stated(package: Distribution) -> str:
    """Return the licence that a package states, in SPDX's words; what it says if there are none."""
    told = package.metadata
    fields = ("License", "Classifier")  # of metadata from before there were expressions
    said = told.get_all("License-Expression") or [
        each for field in fields for each in told.get_all(field) or ()
    ]
    licences = [each for each in said if "::" not in each or "OSI Approved" in each]
    spelled = [SPELLED.get(each, each) for each in licences]
    return next(filter(is_permissive, spelled), " / ".join(spelled) or "nothing")


def is_permissive(expression: str) -> bool:
    """Whether all licences that an SPDX expression joins, or one of each choice, are permissive."""
    return all(
        any(choice.strip("( )") in PERMISSIVE for choice in part.split(" OR "))
        for part in expression.split(" AND ")
    )


PACKAGES = {each.metadata["Name"]: each for each in installed([*DIRECT, *OF_THE_DOCS])}


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_package_that_runs_here_or_builds_the_site_states_a_permissive_licence(name: str) -> None:
    assert is_permissive(stated(PACKAGES[name])), f"{name}: {stated(PACKAGES[name])}"


@pytest.mark.parametrize(
    ("expression", "free"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND LGPL-2.1-or-later", False),
        ("AGPL-3.0-only OR GPL-2.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_a_choice_may_be_made_and_what_is_joined_must_all_be_free(
    expression: str, free: bool
) -> None:
    assert is_permissive(expression) is free


@pytest.mark.parametrize("asked", [*DIRECT, *OF_THE_DOCS], ids=lambda asked: asked.name)
def test_what_is_installed_is_of_the_range_that_is_asked_for(asked: Requirement) -> None:
    assert asked.specifier.contains(distribution(asked.name).version, prereleases=True)


@pytest.mark.parametrize("asked", [*DIRECT, *OF_THE_DOCS], ids=lambda asked: asked.name)
def test_every_range_has_an_end(asked: Requirement) -> None:
    assert {one.operator for one in asked.specifier} & {"<", "<=", "=="}


def test_the_table_of_licences_names_every_direct_dependency_with_its_own() -> None:
    document = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `([\w.-]+)` \| ([^|]+) \|$", document, re.MULTILINE))
    assert table == {each.name: stated(distribution(each.name)) for each in DIRECT}


@pytest.mark.slow
def test_what_is_installed_fits_together() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout
