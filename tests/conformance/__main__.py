"""
`python -m tests.conformance [ID OR AREA ...] [--write-pending]`: run cases and print what fails, and where first.
"""

import argparse
import os
from collections import Counter, defaultdict

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("only", nargs="*", help="ids, or the beginnings of ids")
    parser.add_argument("--write-pending", action="store_true")
    options = parser.parse_args()
    django.setup()
    import tests.conftest  # noqa: F401, PLC0415 - its settings
    from tests.conformance import stories  # noqa: PLC0415
    from tests.databases import fresh  # noqa: PLC0415

    cases = [case for case in stories.load() if not options.only or case.id.startswith(tuple(options.only))]
    failed: dict[str, str] = {}
    for case in cases:
        try:
            with fresh() as key:
                stories.tell(case, key)
        except Exception as error:  # noqa: BLE001 - whatever went wrong is what is to be shown
            failed[case.id] = str(error) if isinstance(error, stories.Failed) else f"{type(error).__name__}: {error}"
        print(f"{'FAILED' if case.id in failed else 'passed'} {case.id}  {failed.get(case.id, '')[:300]}", flush=True)
    total, bad = Counter(case.id.split("/")[0] for case in cases), Counter(name.split("/")[0] for name in failed)
    areas = defaultdict(str, {area: f"{total[area] - bad[area]}/{total[area]}" for area in total})
    print("  ".join(f"{area} {figures}" for area, figures in areas.items()))
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    if options.write_pending:
        (stories.FOLDER / "pending.txt").write_text("".join(f"{name}\n" for name in sorted(failed)))


if __name__ == "__main__":
    main()
