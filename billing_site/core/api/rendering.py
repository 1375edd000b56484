"""JSON out: a Decimal is written as a number with all its digits, never through a float."""

from collections.abc import Mapping
from typing import Any

import msgspec
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

_fallback = JSONEncoder()
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_fallback.default)


class MoneyJSONRenderer(JSONRenderer):
    """Fields that Lago sends as strings are made strings by their serializers; what is a Decimal here is a number."""

    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the answer's body; no body for None."""
        return b"" if data is None else _encoder.encode(data)
