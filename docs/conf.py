"""How Sphinx builds the site: `make docs` writes it to build/docs."""

from __future__ import annotations

import ast
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # where the notebooks find the library

import score_sense  # noqa: E402 - found by the line above

project = "Score Sense"
project_copyright = "the authors of Score Sense"
author = project_copyright
version = release = score_sense.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["start.md"]  # index.md includes it

# Pages: Markdown as it is read on GitHub, and notebooks, which run at every build.
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # seconds per cell, on a busy machine
nb_output_stderr = "warn"
nb_merge_streams = True
suppress_warnings = ["misc.highlighting_failure"]  # console blocks hold more than commands

# Reference: docstrings are in the style of numpydoc, and single backquotes name things.
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
default_role = "py:obj"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_mock_imports = ["haystack", "langchain_core", "llama_index"]  # they need not be installed
autodoc_typehints_format = "short"
add_module_names = False
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
nitpicky = True
nitpick_ignore_regex = [
    ("py:obj", ".*"),  # backquotes around what is no public name
    ("py:.*", r"(?!score_sense|search_core).*"),  # names of Python and of other libraries
]
# Types in signatures that are no public names, for nobody has to make or to import one.
nitpick_ignore = {
    ("py:class", f"search_core.{name}")
    for name in (
        "arrays.HoldsArray",
        "calibrate.fitted.Fitted",
        "calibrate.maps.Logistic",
        "calibrate.maps.Map",
        "calibrate.methods.Training",
        "calibrate.models.CheckedFit",
        "embedding.QueryVectors",
        "encoder.function.EmbedsDocuments",
        "encoder.function.Encodes",
        "encoder.function._Call",
        "judging.estimates.Sample",
        "labels.inclusion.Inclusion",
    )
}

# Look: furo in the colours and the type of the page; nothing comes from another host.
html_theme = "furo"
pygments_style, pygments_dark_style = "a11y-light", "github-dark"
html_title = "Score Sense"
html_favicon = html_logo = str(ROOT / "search_ui" / "icon.svg")
html_show_sphinx = False
html_copy_source = False
_GRADIO = Path(str(find_spec("gradio").origin)).parent  # type: ignore[union-attr]
_FONTS = _GRADIO / "templates" / "frontend" / "static" / "fonts"
html_static_path = ["_static", str(_FONTS / "IBMPlexSans"), str(_FONTS / "IBMPlexMono")]
html_css_files = ["site.css"]
_PLEX = {
    "font-stack": '"IBM Plex Sans", system-ui, sans-serif',
    "font-stack--monospace": '"IBM Plex Mono", ui-monospace, monospace',
}
html_theme_options = {
    "light_css_variables": _PLEX
    | {"color-brand-primary": "#4338ca", "color-brand-content": "#4338ca"},
    "dark_css_variables": {"color-brand-primary": "#a5b4fc", "color-brand-content": "#a5b4fc"},
}


def where_names_are_from() -> dict[str, str]:
    """Return the module of each public name, as the list of public names has it."""
    stub = ast.parse((ROOT / "search_core" / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        f"score_sense.{name.name}": f"search_core.{each.module}"
        for each in stub.body
        if isinstance(each, ast.ImportFrom)
        for name in each.names
    }


FROM = where_names_are_from()


def describe_constant(
    _app: Sphinx, what: str, name: str, _value: Any, _options: Any, lines: list[str]
) -> None:
    """Give a public constant the docstring that follows it where it is defined."""
    if what == "data" and name in FROM:
        described = ModuleAnalyzer.for_module(FROM[name]).find_attr_docs()
        lines[:] = described["", name.rpartition(".")[2]]


def name_each_attribute(
    _app: Sphinx, _what: str, _name: str, _value: Any, _options: Any, lines: list[str]
) -> None:
    """Give an entry of its own to each of several names that are described together."""
    together = re.compile(r"^(\w+(?:, \w+)+):\n((?: {4}.*\n?)+)", re.MULTILINE)

    def apart(found: re.Match[str]) -> str:
        return "".join(f"{name}:\n{found[2].rstrip()}\n" for name in found[1].split(", "))

    lines[:] = together.sub(apart, "\n".join(lines)).split("\n")


def setup(app: Sphinx) -> None:
    """Connect what is above; attributes are named before napoleon reads them."""
    app.connect("autodoc-process-docstring", describe_constant)
    app.connect("autodoc-process-docstring", name_each_attribute, priority=400)
