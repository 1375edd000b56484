"""What makes usage final keeps away who looks for usage that came in after that (`services/late_usage.py`)."""

from billing_site.core import locks

NAME = "usage is made final"


def share() -> None:
    """Hold the name with whoever else makes usage final, from before usage is read until the transaction ends."""
    locks.share(NAME)
