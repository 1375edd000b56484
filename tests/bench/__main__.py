"""
Runs the benchmarks: `python -m tests.bench [NAME ...]`, where tests/bench/bench_NAME.py has `run(report)`.

Each starts on an empty database of its own in var/bench, never on the one that `make run` uses.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import django

from tests.bench import database
from tests.bench.report import Report

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the names of all benchmarks, in alphabetical order."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks (all without a choice), print the table; 0 if all goals are met."""
    unknown = set(chosen) - set(names())
    if unknown:
        sys.exit(f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    if "DATABASE_URL" in os.environ:
        sys.exit("Benchmarks empty their database and use the embedded one: unset DATABASE_URL.")
    os.environ["VAR_DIR"] = str(HERE.parent.parent / "var" / "bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")
    os.environ["API_REQUESTS_PER_MINUTE"] = "0"
    django.setup()
    report = Report()
    for name in chosen or names():
        _run(name, report)
    print(f"\n{report.table()}")
    return 0 if report.is_met else 1


def _run(name: str, report: Report) -> None:
    print(f"== {name}", flush=True)
    try:
        database.make_empty()
        importlib.import_module(f"tests.bench.bench_{name}").run(report)
    except Exception:  # noqa: BLE001 - one broken benchmark must not hide the others
        traceback.print_exc()
        report.broken.append(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
