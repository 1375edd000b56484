"""After X, do Y: the one place where a floor's news reaches the floors above it. Each name is safe to run twice."""

from collections.abc import Mapping, Sequence

from billing_site.core.dispatch import Reaction

REACTIONS: Mapping[str, Sequence[Reaction]] = {}
