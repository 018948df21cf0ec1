"""Formulas: Jinja's expression syntax, held to a white list and compiled once to a Python function.

What a formula may say: names of the record's own mapped fields (a line's by their short names, the
record's as `record.x`), literals, + - * / // %, ~ (join texts), comparisons, in, and, or, not,
if-else, lists, and round min max abs number length sum, called or as filters. What it does with
values is in `hub.mapping.arithmetic`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.domain.fields import LISTS
from hub.domain.nearest import did_you_mean
from hub.domain.problems import Code, Fault
from hub.mapping.arithmetic import FUNCTIONS, OPERATIONS, Stopped, number_in
from hub.mapping.numbers import NumberStyle

if TYPE_CHECKING:
    from jinja2 import nodes

LONGEST_FORMULA = 2_000  # characters
DEEPEST = 60  # operations inside each other
MOST_DIGITS = 15  # of a literal: what Jinja reads without loss

_RECORD = "record"
_NUMBER = re.compile(r"(?<![\w.])[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_BINARY = {"Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "FloorDiv": "floor", "Mod": "mod"}
_COMPARE = {
    "eq": "equal",
    "ne": "differ",
    "lt": "less",
    "lteq": "least",
    "gt": "more",
    "gteq": "most",
    "in": "within",
    "notin": "without",
}
_REFUSED = {
    "Pow": "there is no power operator",
    "Getitem": "values are named, not indexed: write record.ship_to.city",
    "Dict": "there are no dictionaries",
    "Test": 'there are no tests: write x == none, or x == ""',
    "Slice": "there are no slices",
}


class FormulaError(ValueError):
    """A formula that cannot be used; an admin must mend it. `position` counts characters, or is None."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


_SYNTAX = (  # what Jinja's parser says: what is wrong, and the cure
    ("unexpected ')'", "has a bracket too many: write as many ( as there are )"),
    ("unexpected ']'", "has a bracket too many: write as many [ as there are ]"),
    ("expected ')'", "lacks a bracket: write as many ) as there are ("),
    ("end of template, expected ','", "lacks a bracket: write as many ] as there are ["),
    ("end of template", "breaks off: write what belongs at its end"),
    ('unexpected char "\'"', "has a quote that does not close: write it on both sides of a text"),
    ("unexpected char '\"'", "has a quote that does not close: write it on both sides of a text"),
    ("unexpected char", "has a sign that formulas lack: write and, or, not, ==, != and a if b else c"),
    ("unexpected '='", "has = where a value belongs: compare with =="),
    ("unexpected", "has a sign or a word where a value belongs: write a field, a number or a text in quotes there"),
    ("expected", "is not complete: write a name after each point"),
)


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled formula; `names` are the fields of its own scope that it reads, `record_names` those of the record.

    Dotted names are whole keys (`ship_to.country`, `x.channel`); `lines` and `lines.quantity` are lists.
    """

    text: str
    names: frozenset[str]
    record_names: frozenset[str]
    functions: frozenset[str]
    _run: Callable[[Mapping[str, Any], Mapping[str, Any]], Any] = field(repr=False, compare=False)

    def __call__(self, own: Mapping[str, Any], record: Mapping[str, Any]) -> Any:
        """Work it out: a Value, None when what it needs is missing or bad, or a Fault with 400.formula.

        In: the values of its own scope and of the record by name; a name that is not there is no
        value. Numbers come back unrounded; `hub.domain.values.fit_value` fits them to a field.
        """
        try:
            return self._run(own, record)
        except Stopped as stopped:
            return Fault(Code.FORMULA, self.text, stopped.say, stopped.hint)


def compile_formula(text: str, style: NumberStyle | None = None) -> Formula:
    """Compile the text of a formula (without the `=` before it); `style` is how the texts that it sees hold numbers.

    Raises FormulaError, as a sentence with the cure, for whatever the language does not have.
    Unknown names are not its business: compare `names` and `record_names` with what the mapping fills.
    """
    if len(text) > LONGEST_FORMULA:
        raise FormulaError(f"is longer than {LONGEST_FORMULA:,} characters")
    if text.strip().startswith("{{"):
        raise FormulaError("is in {{ }}: write the expression alone")
    _refuse_long_numbers(text)
    builder = _Builder(text)
    try:
        tree = ast.Expression(_function(builder.build(_parsed(text), 0)))
        code = compile(ast.fix_missing_locations(tree), "<formula>", "eval")
    except (RecursionError, MemoryError):
        raise FormulaError(f"is nested deeper than {DEEPEST} levels") from None
    # The tree holds only names of the tables below, calls among them, and constants: the builder made every node.
    functions = FUNCTIONS if style is None else {**FUNCTIONS, "number": number_in(style)}
    run = eval(code, {"__builtins__": {}, **OPERATIONS, **functions, **builder.constants})  # noqa: S307
    return Formula(text, frozenset(builder.names), frozenset(builder.record_names), frozenset(builder.functions), run)


def _parsed(text: str) -> nodes.Expr:
    from jinja2 import Environment, TemplateSyntaxError
    from jinja2.parser import Parser

    try:
        parser = Parser(Environment(autoescape=True), text, state="variable")
        tree = parser.parse_expression()
        if not parser.stream.eos:
            piece = str(parser.stream.current.value)
            cure = "compare with ==" if piece == "=" else "write one expression, and texts in quotes"
            raise FormulaError(f"goes on after its end: {piece!r}; {cure}", _place(text, piece))
    except TemplateSyntaxError as wrong:
        raise FormulaError(f"is no formula: {_in_our_words(wrong.message or '', text)}") from None
    return tree


def _in_our_words(said: str, text: str) -> str:
    return next((f"{text!r} {ours}" for theirs, ours in _SYNTAX if theirs in said), f"{text!r}, {said}")


def _refuse_long_numbers(text: str) -> None:
    bare = _TEXT.sub(lambda found: " " * len(found.group()), text)
    for found in _NUMBER.finditer(bare):
        mantissa, _, exponent = found.group().lower().partition("e")
        if sum(each.isdigit() for each in mantissa) > MOST_DIGITS or abs(int(exponent or 0)) > MOST_DIGITS:
            raise FormulaError(
                f"holds the number {found.group()}, which is too long: {MOST_DIGITS} digits at most", found.start()
            )


def _place(text: str, piece: str) -> int | None:
    at = text.find(piece)
    return at if at >= 0 else None


def _function(body: ast.expr) -> ast.Lambda:
    names = [ast.arg(arg="own"), ast.arg(arg=_RECORD)]
    return ast.Lambda(args=ast.arguments(posonlyargs=[], args=names, kwonlyargs=[], kw_defaults=[], defaults=[]), body=body)


def _name(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load())


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(func=_name(function), args=list(arguments), keywords=[])


def _thunk(body: ast.expr) -> ast.Lambda:
    return ast.Lambda(args=ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]), body=body)


class _Builder:
    """Turns Jinja's tree into a Python tree, node by node; what it does not know is refused."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.record_names: set[str] = set()
        self.functions: set[str] = set()
        self.constants: dict[str, Any] = {}

    def build(self, node: nodes.Node, depth: int) -> ast.expr:
        """The Python expression of one node."""
        if depth > DEEPEST:
            raise FormulaError(f"is nested deeper than {DEEPEST} levels")
        kind = type(node).__name__
        build = _BUILDERS.get(kind)
        if build is None:
            raise FormulaError(_REFUSED.get(kind, f"uses what the language lacks ({kind})"))
        return build(self, node, depth + 1)

    def name(self, node: Any, _depth: int) -> ast.expr:
        """A field by its dotted name, in its own scope or the record's."""
        dotted = _dotted(node)
        if dotted is None:
            raise FormulaError("takes a part of something that is no field: only names such as record.ship_to.city have dots")
        scope, names, key = "own", self.names, dotted
        if dotted == _RECORD:
            raise FormulaError("names the record as a whole: write record.x", _place(self.text, dotted))
        if dotted.startswith(f"{_RECORD}."):
            scope, names, key = _RECORD, self.record_names, dotted[len(_RECORD) + 1 :]
        names.add(key)
        return _call("value", _name(scope), ast.Constant(key))

    def constant(self, node: Any, _depth: int) -> ast.expr:
        """A literal; numbers become exact decimals."""
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if abs(node.value) >= 10**MOST_DIGITS:
                raise FormulaError(f"holds a number that is too great: {MOST_DIGITS} digits at most")
            name = f"number_{len(self.constants)}"
            self.constants[name] = Decimal(repr(node.value))
            return _name(name)
        return ast.Constant(node.value)

    def binary(self, node: Any, depth: int) -> ast.expr:
        """Arithmetic."""
        return _call(_BINARY[type(node).__name__], self.build(node.left, depth), self.build(node.right, depth))

    def sign(self, node: Any, depth: int) -> ast.expr:
        """A sign before a value."""
        return _call("minus" if type(node).__name__ == "Neg" else "plus", self.build(node.node, depth))

    def concat(self, node: Any, depth: int) -> ast.expr:
        """Texts joined by ~."""
        return _call("concat", *(self.build(each, depth) for each in node.nodes))

    def compare(self, node: Any, depth: int) -> ast.expr:
        """One comparison; a chain is refused, since it is read in two ways."""
        if len(node.ops) != 1:
            raise FormulaError("compares three things at once: write a < b and b < c")
        operand = node.ops[0]
        self.refuse_list(node.expr)
        self.refuse_list(operand.expr)
        return _call(_COMPARE[operand.op], self.build(node.expr, depth), self.build(operand.expr, depth))

    def logic(self, node: Any, depth: int) -> ast.expr:
        """And, or: the right side is looked at only when it matters."""
        function = "both" if type(node).__name__ == "And" else "either"
        return _call(function, self.build(node.left, depth), _thunk(self.build(node.right, depth)))

    def refuse_list(self, node: Any) -> None:
        """A list as a whole has a length and nothing else; its fields have values."""
        name = _dotted(node)
        if name is not None and name.removeprefix(f"{_RECORD}.") in LISTS:
            raise FormulaError(
                f"takes {name} as a value: name one of its fields, such as lines.quantity", _place(self.text, name)
            )

    def negation(self, node: Any, depth: int) -> ast.expr:
        """Not."""
        return ast.UnaryOp(op=ast.Not(), operand=_call("truth", self.build(node.node, depth)))

    def choice(self, node: Any, depth: int) -> ast.expr:
        """A if b else c; without else it is no value."""
        other = self.build(node.expr2, depth) if node.expr2 is not None else ast.Constant(None)
        return ast.IfExp(test=_call("truth", self.build(node.test, depth)), body=self.build(node.expr1, depth), orelse=other)

    def sequence(self, node: Any, depth: int) -> ast.expr:
        """A list."""
        return ast.List(elts=[self.build(each, depth) for each in node.items], ctx=ast.Load())

    def call(self, node: Any, depth: int) -> ast.expr:
        """A function by its name."""
        function = _dotted(node.node)
        return self._function(function or "…", node, [*node.args], depth)

    def filter(self, node: Any, depth: int) -> ast.expr:
        """A function as a filter: `lines | length`."""
        return self._function(node.name, node, [node.node, *node.args], depth)

    def _function(self, name: str, node: Any, arguments: list[Any], depth: int) -> ast.expr:
        if name not in FUNCTIONS:
            raise FormulaError(f"calls {name}, which is no function. {did_you_mean(name, FUNCTIONS)}", _place(self.text, name))
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise FormulaError(f"gives {name} a named value: write {name}(a, b)", _place(self.text, name))
        least, most = _COUNTS[name]
        if not least <= len(arguments) <= most:
            wanted = f"{least}" if least == most else f"{least} or more"
            raise FormulaError(f"gives {name} {len(arguments)} values, it takes {wanted}", _place(self.text, name))
        if name != "length":
            for each in arguments:
                self.refuse_list(each)
        self.functions.add(name)
        return _call(name, *(self.build(each, depth) for each in arguments))


_COUNTS = {"round": (1, 2), "min": (1, 100), "max": (1, 100), "abs": (1, 1), "number": (1, 1), "length": (1, 1), "sum": (1, 1)}
_BUILDERS: dict[str, Callable[[_Builder, Any, int], ast.expr]] = {
    "Name": _Builder.name,
    "Getattr": _Builder.name,
    "Const": _Builder.constant,
    **dict.fromkeys(_BINARY, _Builder.binary),
    "Neg": _Builder.sign,
    "Pos": _Builder.sign,
    "Concat": _Builder.concat,
    "Compare": _Builder.compare,
    "And": _Builder.logic,
    "Or": _Builder.logic,
    "Not": _Builder.negation,
    "CondExpr": _Builder.choice,
    "List": _Builder.sequence,
    "Call": _Builder.call,
    "Filter": _Builder.filter,
}


def _dotted(node: Any) -> str | None:
    """The dotted name that a chain of names spells, or None when it begins with something else."""
    parts: list[str] = []
    while type(node).__name__ == "Getattr":
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if type(node).__name__ == "Name" else None
