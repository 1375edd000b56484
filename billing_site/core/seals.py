"""
Seals: hashes over rows that never change again, each over the one before it as well, so that a change shows.

A floor names its chains: a table that is only added to, and what its rows say, in SQL. The job seals what is new; the
proof of the books reads everything again and computes each seal anew.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from billing_site.core.audit import Invariant
from billing_site.core.models import Seal

MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Chain:
    """The rows of a table by their ids. `words` is a query of (id, said), where `said` does not depend on settings."""

    name: str
    table: str
    words: str


# What an activity says; only its dispatch moves after. Moments are seconds, since text would be by time zone.
ACTIVITIES = Chain(
    "activities",
    "core_activity",
    """SELECT id, jsonb_build_array(id, lago_id, type, subject_type, subject_id, subject_label, customer_id, actor_kind,
           actor_id, actor_label, reason, changes, details, request_id, extract(epoch FROM occurred_at))::text AS said
       FROM core_activity""",
)
_STATE = """
    SELECT coalesce(max(id), 0), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM {table}
"""
# All that the seal before it saw, or as much as one seal takes.
_UNTIL = """
    SELECT CASE count(*) WHEN %(most)s THEN max(id) ELSE %(next)s END FROM
        (SELECT id FROM {table} WHERE id > %(after)s AND id <= %(next)s ORDER BY id LIMIT %(most)s) AS taken
"""
_DIGEST = """
    SELECT count(*) AS rows, encode(
        sha256(convert_to({before} || coalesce(string_agg(said, E'\\n' ORDER BY id), ''), 'UTF8')), 'hex') AS digest
    FROM ({words}) AS words WHERE id > {after} AND id <= {until}
"""


def seal(chain: Chain, *, now: datetime) -> int:
    """Seal the rows that are sure to be all up to theirs, and return how many; newer ones come next time."""
    sealed = 0
    while (rows := _seal_next(chain, now)) == MAX_ROWS:
        sealed += rows
    return sealed + rows


@transaction.atomic
def _seal_next(chain: Chain, now: datetime) -> int:
    """
    Write the next seal, if there is something to seal, and return of how many rows it is.

    It covers what was there at the seal before it, if all transactions of then have ended. A restored database may
    count its transactions from below; then those of then are gone anyhow.
    """
    last = Seal.objects.select_for_update().filter(chain=chain.name).order_by("-sequence").first()
    last = last or Seal(sequence=0, until_id=0, next_id=0, next_xid=0)
    with connection.cursor() as cursor:
        cursor.execute(_STATE.format(table=chain.table))
        highest, oldest_running, newest = cursor.fetchone()
        if highest == last.until_id or oldest_running < last.next_xid <= newest:
            return 0
        bounds: dict[str, int | str] = {
            "after": last.until_id,
            "next": last.next_id,
            "most": MAX_ROWS,
            "before": last.digest,
        }
        cursor.execute(_UNTIL.format(table=chain.table), bounds)
        until_id = bounds["until"] = int(cursor.fetchone()[0])
        placeholders = {name: f"%({name})s" for name in ("after", "until", "before")}
        cursor.execute(_DIGEST.format(words=chain.words, **placeholders), bounds)
        rows, digest = cursor.fetchone()
    if until_id == last.next_id:
        last.next_id, last.next_xid = highest, newest
    Seal.objects.create(
        chain=chain.name,
        sequence=last.sequence + 1,
        until_id=until_id,
        rows=rows,
        digest=digest,
        next_id=last.next_id,
        next_xid=last.next_xid,
        sealed_at=now,
    )
    return int(rows)


def invariant(chain: Chain) -> Invariant:
    """Return that all seals of a chain are whole, and that none is missing between two others."""
    digest = _DIGEST.format(
        words=chain.words, after="coalesce(p.until_id, 0)", until="s.until_id", before="coalesce(p.digest, '')"
    )
    return Invariant(
        f"seals_of_{chain.name}_hold",
        "What was sealed has not been changed since, nor the seals.",
        f"""SELECT s.chain, s.sequence, s.until_id, s.sealed_at FROM core_seal s
            LEFT JOIN core_seal p ON p.chain = s.chain AND p.sequence = s.sequence - 1
            CROSS JOIN LATERAL ({digest}) anew
            WHERE s.chain = '{chain.name}' AND (s.digest <> anew.digest OR s.rows <> anew.rows
                OR (p.id IS NULL) <> (s.sequence = 1) OR s.until_id < coalesce(p.until_id, 0))""",
    )


def latest(chain: Chain) -> Seal | None:
    """Return the last seal of a chain; its digest, kept elsewhere, vouches for all rows before it."""
    return Seal.objects.filter(chain=chain.name).order_by("-sequence").first()
