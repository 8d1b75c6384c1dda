"""How large the code is, and how many files a click passes through.

    python -m benchmarks.size [--root FOLDER] [--static]

Counts files and lines of `search_core` and `search_ui`, the share of imports, names that are
defined in more than one module, the largest files and the longest functions; then follows two
clicks through the code (`benchmarks.ways`; `--static` leaves them out, and no model is loaded).
`--root` names another checkout of this repository, for a comparison of before and after.
"""

from __future__ import annotations

import argparse
import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.ways import PACKAGES, ROOT, ways

SHOWN = 10  # of the largest files and the longest functions

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A Python file: its path inside the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, self.path)

    @property
    def lines(self) -> int:
        """The number of lines."""
        return self.text.count("\n")


def read_modules(root: Path, package: str) -> list[Module]:
    """Read all Python files of a package."""
    return [
        Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted((root / package).rglob("*.py"))
    ]


def template_lines(root: Path) -> int:
    """Return the number of lines of the page's templates, 0 where it has none."""
    folder = root / "search_ui" / "templates"
    return sum(path.read_text(encoding="utf-8").count("\n") for path in folder.rglob("*.html"))


def import_lines(tree: ast.Module) -> int:
    """Return the number of lines that import statements take."""
    return sum(
        _lines(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
    )


def definitions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield name and text of the functions, classes and constants at the top level of a module."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name, ast.unparse(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for part in (part for target in targets for part in ast.walk(target)):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id, ast.unparse(node)


@dataclass(frozen=True)
class Shared:
    """A name that more than one module defines.

    Attributes
    ----------
    name, paths:
        The name, and the modules.
    is_copied:
        Whether two of them define it by the same text.
    """

    name: str
    paths: tuple[str, ...]
    is_copied: bool


def shared_names(modules: Iterable[Module]) -> list[Shared]:
    """Return the names that more than one module defines, in order; no dunders."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for module in modules:
        for name, text in definitions(module.tree):
            if not name.startswith("__"):
                found[name][module.path] = text
    return [
        Shared(name, tuple(texts), len(set(texts.values())) < len(texts))
        for name, texts in sorted(found.items())
        if len(texts) > 1
    ]


def function_lengths(module: Module) -> Iterator[tuple[int, str]]:
    """Yield lines and "path:name" of each function; what is nested counts in both."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield _lines(node), f"{module.path}:{node.name}"


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def report(root: Path) -> Iterator[str]:
    """Yield the lines of the report on a checkout, as Markdown."""
    by_package = {package: read_modules(root, package) for package in PACKAGES}
    modules = [module for each in by_package.values() for module in each]
    yield "| package | Python files | lines | of them imports |"
    yield "| --- | ---: | ---: | ---: |"
    for name, each in {**by_package, "both": modules}.items():
        lines, imports = sum(m.lines for m in each), sum(import_lines(m.tree) for m in each)
        yield f"| {name} | {len(each)} | {lines:,} | {imports / lines:.1%} |"
    yield f"\nTemplates of the page: {template_lines(root):,} lines."
    yield from _shared(shared_names(modules))
    yield from _largest("file", [(module.lines, module.path) for module in modules])
    yield from _largest("function", [each for m in modules for each in function_lengths(m)])


def _shared(names: list[Shared]) -> Iterator[str]:
    public = sum(not each.name.startswith("_") for each in names)
    copied = sum(each.is_copied for each in names)
    yield f"\nNames that more than one module defines: {len(names)}, {public} of them public,"
    yield f"{copied} by the same text (marked).\n"
    for each in names:
        mark = " (the same)" if each.is_copied else ""
        yield f"- `{each.name}`{mark}: {', '.join(each.paths)}"


def _largest(kind: str, sizes: list[tuple[int, str]]) -> Iterator[str]:
    yield f"\n| largest {kind}s | lines |\n| --- | ---: |"
    yield from (f"| `{name}` | {lines} |" for lines, name in sorted(sizes, reverse=True)[:SHOWN])


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description="Measure the size of the code.")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout")
    parser.add_argument("--static", action="store_true", help="follow no clicks")
    given = parser.parse_args()
    root = given.root.resolve()
    print(*report(root), sep="\n", flush=True)
    if not given.static:
        print("", *ways(root), sep="\n")


if __name__ == "__main__":
    main()
