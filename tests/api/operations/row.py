from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """
    A writing operation: the method, the route, the address it is called at, and a body that is accepted.

    `status` is what it is answered here if it needs someone outside, such as a provider of payments.
    """

    method: str
    path: str
    at: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    status: int = 200

    @property
    def address(self) -> str:
        return self.at or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
