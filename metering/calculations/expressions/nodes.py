"""The parts of an expression that was read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from metering.calculations.expressions.functions import COMPARISONS, operate
from metering.calculations.expressions.values import Value, bounded, given, is_number, number_of, refuse, text_of

Scope = Mapping[str, object]


class Node(Protocol):
    """A part of an expression that has a value."""

    def value(self, scope: Scope) -> Value:
        """Return the value for what is in scope."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    literal: Value

    def value(self, scope: Scope) -> Value:
        return self.literal


@dataclass(frozen=True, slots=True)
class Name:
    path: tuple[str, ...]

    def value(self, scope: Scope) -> Value:
        found: object = scope
        for key in self.path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if found is None:
            refuse("missing_property", f'The event has no "{".".join(self.path)}".')
        return given(found)


@dataclass(frozen=True, slots=True)
class Chain:
    first: Node
    rest: tuple[tuple[str, Node], ...]

    def value(self, scope: Scope) -> Value:
        total = number_of(self.first.value(scope))
        for sign, operand in self.rest:
            total = bounded(operate(sign, total, number_of(operand.value(scope))))
        return total


@dataclass(frozen=True, slots=True)
class Call:
    run: Callable[[Sequence[Value]], Value]
    arguments: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        return self.run([argument.value(scope) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Node
    sign: str
    right: Node

    def holds(self, scope: Scope) -> bool:
        left, right = self.left.value(scope), self.right.value(scope)
        if self.sign in ("==", "!=") and not (is_number(left) and is_number(right)):
            return (text_of(left) == text_of(right)) == (self.sign == "==")
        return COMPARISONS[self.sign](number_of(left), number_of(right))


@dataclass(frozen=True, slots=True)
class If:
    condition: Comparison
    then: Node
    otherwise: Node

    def value(self, scope: Scope) -> Value:
        return (self.then if self.condition.holds(scope) else self.otherwise).value(scope)
