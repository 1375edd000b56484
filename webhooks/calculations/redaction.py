"""What of a request may be kept: no secrets, and not more than a page."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

LONGEST = 16 * 1024
HIDDEN = "[hidden]"
# Keys whose value is never kept, whatever they are part of.
_SECRET = re.compile(
    r"secret|password|passwd|token|api_?key|authorization|private|credential|signature$", re.IGNORECASE
)


def kept(body: bytes, longest: int = LONGEST) -> Any:
    """Return what is kept of a body: JSON without its secrets; only its size if it is longer, null if it is none."""
    if len(body) > longest:
        return {"left_out": f"{len(body)} bytes"}
    try:
        return without_secrets(json.loads(body)) if body else None
    except (ValueError, RecursionError):
        return {"left_out": "not JSON"}


def without_secrets(value: Any) -> Any:
    """Return the value with what stands under a secret's name hidden, and no character that cannot be stored."""
    if isinstance(value, Mapping):
        return {
            _storable(key): HIDDEN if _SECRET.search(key) and item is not None else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # PostgreSQL's JSON has no word for it
    return _storable(value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
