from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """A writing operation: the method, the route, the address it is called at, and a body that is accepted."""

    method: str
    path: str
    at: str = ""
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.at or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
