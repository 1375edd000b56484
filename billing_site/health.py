"""Is the process alive, and is it fit to serve? Asked by load balancers, answered without a key."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

# Without these an acknowledged commit may be lost in a crash (reliability B18).
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def live(request: HttpRequest) -> JsonResponse:
    """Answer that the process runs."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if the database is there, up to date and durable; else 503 with the reasons."""
    try:
        problems = _problems()
    except DatabaseError as error:
        problems = [f"database: {type(error).__name__}"]
    status = "ok" if not problems else "not ready"
    return JsonResponse({"status": status, "problems": problems}, status=503 if problems else 200)


def _problems() -> list[str]:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    problems = [f"migration not applied: {migration}" for migration, _ in waiting]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(DURABLE)])
        problems += [f"{name} is off" for (name,) in cursor.fetchall()]
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        problems += [f"index is not valid: {name}" for (name,) in cursor.fetchall()]
    return problems
