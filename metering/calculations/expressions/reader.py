"""From the text to its parts."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from metering.calculations.expressions.functions import COMPARISONS, FUNCTIONS
from metering.calculations.expressions.nodes import Call, Chain, Comparison, If, Literal, Name, Node
from metering.calculations.expressions.values import bounded, refuse, short

MAX_DEPTH = 40


class Token(NamedTuple):
    """A piece of the text: `kind` is number, text, name, sign or end."""

    kind: str
    text: str
    position: int


_TOKEN = re.compile(
    r"""\s*(?:(?P<number>[0-9]{1,30}(?:\.[0-9]{1,30})?(?![0-9A-Za-z_.]))
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    |(?P<sign><=|>=|==|!=|[-+*/(),<>])
    |(?P<end>$))""",
    re.VERBOSE,
)


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces of a text, the last of kind end."""
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            refuse("invalid_expression", f"Character {position + 1} cannot be read.")
        kind = match.lastgroup or "end"
        yield Token(kind, match[kind], position)
        if kind == "end":
            return
        position = match.end()


class Reader:
    """Reads the tokens from left to right; `depth` says how many brackets and signs are open."""

    def __init__(self, tokens: Sequence[Token], names: tuple[str, ...]) -> None:
        self.tokens, self.names, self.place = tokens, names, 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self, kind: str, text: str | None = None) -> Token:
        """Return the next token, which must be this one."""
        token = self.next
        if token.kind != kind or (text is not None and token.text != text):
            what = "the end" if token.kind == "end" else f'"{token.text}" at {token.position + 1}'
            refuse("invalid_expression", f"Found {what} where {text or kind} was expected.")
        self.place += 1
        return token

    def is_sign(self, *signs: str) -> bool:
        return self.next.kind == "sign" and self.next.text in signs

    def sum(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            refuse("invalid_expression", f"Brackets go at most {MAX_DEPTH} deep.")
        return self._chain(self._product, ("+", "-"), depth)

    def _product(self, depth: int) -> Node:
        return self._chain(self._signed, ("*", "/"), depth)

    def _chain(self, operand: "Callable[[int], Node]", signs: tuple[str, ...], depth: int) -> Node:
        """Read operands of one rank. They make a list, not a tree, so that a long sum is not a deep one."""
        first, rest = operand(depth), []
        while self.is_sign(*signs):
            sign = self.take("sign").text
            rest.append((sign, operand(depth)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self, depth: int) -> Node:
        is_negative = False
        while self.is_sign("-"):
            self.take("sign")
            is_negative = not is_negative
        operand = self._operand(depth)
        return Chain(Literal(Decimal(0)), (("-", operand),)) if is_negative else operand

    def _operand(self, depth: int) -> Node:
        token = self.next
        if token.kind == "number":
            return Literal(bounded(Decimal(self.take("number").text)))
        if token.kind == "text":
            return Literal(short(self.take("text").text[1:-1]))
        if token.kind == "name":
            return self._named(self.take("name"), depth)
        self.take("sign", "(")
        inner = self.sum(depth + 1)
        self.take("sign", ")")
        return inner

    def _named(self, token: Token, depth: int) -> Node:
        if self.is_sign("("):
            return self._call(token, depth)
        path = tuple(token.text.split("."))
        if path[0] not in self.names or not _is_known(path):
            refuse("invalid_expression", f'There is no "{token.text}".')
        return Name(path)

    def _call(self, token: Token, depth: int) -> Node:
        function = FUNCTIONS.get(token.text)
        if token.text != "if" and function is None:
            refuse("invalid_expression", f'There is no function "{token.text}".')
        self.take("sign", "(")
        condition = self._condition(depth + 1) if token.text == "if" else None
        arguments = [self.sum(depth + 1)]
        while self.is_sign(","):
            self.take("sign")
            arguments.append(self.sum(depth + 1))
        self.take("sign", ")")
        fewest, most = (2, 2) if function is None else (function.fewest, function.most)
        if not fewest <= len(arguments) <= most:
            refuse("invalid_expression", f'"{token.text}" has another number of arguments.')
        if condition is not None:
            return If(condition, arguments[0], arguments[1])
        assert function is not None
        return Call(function.run, tuple(arguments))

    def _condition(self, depth: int) -> Comparison:
        left = self.sum(depth)
        if not self.is_sign(*COMPARISONS):
            refuse("invalid_expression", "The first argument of if is a comparison.")
        sign = self.take("sign").text
        right = self.sum(depth)
        self.take("sign", ",")
        return Comparison(left, sign, right)


def _is_known(path: tuple[str, ...]) -> bool:
    """Test if an event has such a part."""
    if path[0] != "event":
        return True
    return path in (("event", "code"), ("event", "timestamp")) or (len(path) > 2 and path[1] == "properties")
