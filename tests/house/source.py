"""The project's own Python files, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ["customers", "metering", "plans", "credits", "invoicing", "webhooks"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> list[Path]:
    """Return all Python files but migrations, relative to the root, sorted."""
    folders = ["billing_site", *APPS, "tests"]
    found = [path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted([Path("manage.py"), *(path for path in found if "migrations" not in path.parts)])


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def in_rooms(*rooms: str) -> list[Path]:
    """Return the files of these rooms in any app: the module of that name, or all in its package."""
    return [path for path in files() if path.parts[0] in APPS and path.with_suffix("").parts[1] in rooms]


def functions(path: Path) -> Iterator[Function]:
    """Yield every function and method of the file, nested ones too."""
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, Function))
