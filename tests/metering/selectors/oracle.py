"""Usage told a second time, slowly and in plain Python: what the statements must agree with."""

import math
import re
from collections import defaultdict
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

CARRYING = ("sum_agg", "unique_count_agg", "weighted_sum_agg")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?", re.ASCII)


def expected(events, query):
    """Return {group: figures} of events given as (timestamp, id, properties)."""
    metric = query.metric
    carries = metric.recurring and metric.aggregation_type in CARRYING
    groups = defaultdict(list)
    is_as_they_came = query.in_advance or query.event
    for event in sorted(events, key=lambda row: (min(row[0], query.start) if is_as_they_came else row[0], row[1])):
        at, mark, properties = event
        if at >= query.end or (at < query.start and not carries):
            continue
        if query.event and mark > query.event:
            continue
        if matches(properties, query.matching) and not any(matches(properties, item) for item in query.excluding):
            groups[tuple(text(properties.get(key)) or "" for key in query.group_keys)].append(event)
    if not query.group_keys and not query.event:
        groups.setdefault((), [])
    found = {group: figures(rows, query) for group, rows in groups.items()}
    if query.event:
        return {group: one for group, one in found.items() if query.event in one["ids"]}
    # A unique count knows only events with the property, so a group of others does not occur there.
    return found


def text(value):
    return None if value is None else str(value)


def matches(properties, wanted):
    return all(text(properties.get(key)) in values for key, values in wanted.items())


def figures(rows, query):
    metric = query.metric
    kind, name = metric.aggregation_type, metric.field_name
    if kind == "count_agg":
        counted = [(at, mark, 1) for at, mark, _ in rows]
    elif kind == "unique_count_agg":
        counted = [
            (at, mark, (str(properties[name]), properties.get("operation_type") != "remove"))
            for at, mark, properties in rows
            if properties.get(name) is not None
        ]
    else:
        counted = [
            (at, mark, Fraction(str(properties[name])))
            for at, mark, properties in rows
            if NUMBER.fullmatch(str(properties.get(name)))
        ]
    found = {"events": len(counted), "ids": {mark for _, mark, _ in counted}}
    if query.in_advance or query.event:
        return found | in_advance(changes(counted, kind), query)
    return found | KINDS[kind](counted, query)


def changes(counted, kind):
    if kind != "unique_count_agg":
        return counted
    there, steps = set(), []
    for at, mark, (item, is_addition) in counted:
        steps.append((at, mark, 0 if (item in there) == is_addition else 1 if is_addition else -1))
        (there.add if is_addition else there.discard)(item)
    return steps


def in_advance(steps, query):
    total = max(0, sum(value for at, _, value in steps if at < query.start))
    running, peak = sum(value for at, _, value in steps if at < query.start), total
    weighted, due = Fraction(total) * days(query, query.start), (0, 0)
    for at, _, value in steps:
        if at < query.start:
            continue
        running += value
        last = max(0, running - peak)
        weighted += last * days(query, at)
        due = (last, Fraction(last) * days(query, at) / query.period_days if query.prorated else last)
        peak = max(peak, running)
    result = {"units": peak}
    if query.prorated:
        result = {"full": peak, "units": up(weighted / query.period_days, 5)}
    return result | ({"event": up(due[1], 5) if query.prorated else due[1]} if query.event else {})


def days(query, moment):
    """Count local days from a moment to the end, both included."""
    zone = ZoneInfo(query.zone)
    last = (query.end - timedelta(microseconds=1)).astimezone(zone).date()
    return (last - max(moment, query.start).astimezone(zone).date()).days + 1


def up(value, decimals):
    return Fraction(math.ceil(value * 10**decimals), 10**decimals)


def of_count(counted, query):
    return {"units": len(counted)}


def of_sum(counted, query):
    total = sum(value for _, _, value in counted)
    if not query.prorated:
        return {"units": total}
    weighted = sum(value * days(query, at) for at, _, value in counted)
    return {"full": total, "units": up(Fraction(weighted) / query.period_days, 5)}


def of_max(counted, query):
    return {"units": max((value for _, _, value in counted), default=0)}


def of_latest(counted, query):
    return {"units": max(0, counted[-1][2]) if counted else 0}


def of_weighted_sum(counted, query):
    seconds = sum(
        value * Fraction((query.end - max(at, query.start)) // timedelta(microseconds=1), 1_000_000)
        for at, _, value in counted
    )
    return {"units": up(Fraction(seconds) / (query.period_days * 86400), 20)}


def of_unique_count(counted, query):
    histories = defaultdict(list)
    for at, _, (item, is_addition) in counted:
        history = histories[item]
        if is_addition != bool(len(history) % 2):
            history.append(at)
    full = sum(len(history) % 2 for history in histories.values())
    if not query.prorated:
        return {"units": full}
    weighted = sum(stayed(without_same_days(history, query), query) for history in histories.values())
    return {"full": full, "units": up(Fraction(weighted, query.period_days), 5)}


def without_same_days(history, query):
    zone, kept = ZoneInfo(query.zone), []
    for at in history:
        if kept and kept[-1].astimezone(zone).date() == at.astimezone(zone).date():
            kept.pop()
        else:
            kept.append(at)
    return kept


def stayed(history, query):
    """Count the days of [start, end) on which an item was there; what comes and goes before it does not count."""
    zone = ZoneInfo(query.zone)
    first_day = query.start.astimezone(zone).date()
    found = 0
    for come, gone in zip(history[::2], [*history[1::2], None], strict=False):
        if gone is None:
            found += days(query, come)
        elif gone.astimezone(zone).date() >= first_day:
            found += days(query, come) - days(query, gone) + 1
    return found


KINDS = {
    "count_agg": of_count,
    "sum_agg": of_sum,
    "max_agg": of_max,
    "latest_agg": of_latest,
    "unique_count_agg": of_unique_count,
    "weighted_sum_agg": of_weighted_sum,
}
