"""The measures of the house, which no linter holds."""

import ast
import subprocess
from pathlib import Path

from tests.house import source

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
FOLDERS = {"billing_site", *source.APPS, "templates", "static", "tests", ".ci"}
MONEY_ROOMS = ("calculations", "services", "selectors", "models")


def test_no_file_is_too_long():
    lengths = {path: len((source.ROOT / path).read_text(encoding="utf-8").splitlines()) for path in source.files()}

    assert [f"{path}: {length}" for path, length in lengths.items() if length > LONGEST_FILE] == []


def test_no_function_is_too_long():
    too_long = [
        f"{path}:{function.lineno} {function.name}"
        for path in source.files()
        for function in source.functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]

    assert too_long == []


def test_public_functions_say_what_they_do():
    core = [path for path in source.files() if path.parts[:2] == ("billing_site", "core")]
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in (*core, *source.in_rooms("services", "selectors", "calculations"))
        for node in source.tree(path).body
        if isinstance(node, source.Function) and not node.name.startswith("_") and not ast.get_docstring(node)
        if not _is_overload(node)
    ]

    assert silent == []


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """What is only said to the type checker is said by the function that follows."""
    return any(isinstance(name, ast.Name) and name.id == "overload" for name in node.decorator_list)


def test_money_is_never_a_float():
    paths = [Path("billing_site/core/money.py"), *source.in_rooms(*MONEY_ROOMS)]
    floats = [f"{path}:{node.lineno}" for path in paths for node in ast.walk(source.tree(path)) if _is_float(node)]

    assert floats == []


def _is_float(node: ast.AST) -> bool:
    """Only making one counts: to name the type is how a float that comes in is refused."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "float"
    return isinstance(node, ast.Attribute) and node.attr == "FloatField"


def test_the_top_level_holds_only_the_folders_of_the_house():
    tracked = subprocess.run(["git", "ls-files"], cwd=source.ROOT, capture_output=True, text=True, check=True)
    folders = {line.split("/")[0] for line in tracked.stdout.splitlines() if "/" in line}

    assert folders - FOLDERS == set()
