"""Changes a source one spot at a time, the way a slip of the hand would: the tests must see each change.

What is changed: comparisons, arithmetic, numbers, ``and``, ``or``, ``not`` and their array forms, least and
greatest, any and all, a minus sign, True and False. Words for readers, hints of types, decorators and the
``strict`` of a zip (a catch that never springs in a right program) are left alone. A mutant is named by
what it does, ``function: code with [before => after]``, so that its name stays the same when lines move.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from types import CodeType
from typing import Any

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
_SMALL = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.Slice)
_NAMING = (ast.expr, ast.keyword, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return)
_LEFT_ALONE = {"annotation", "returns", "decorator_list", "type_params", "bases"}


@dataclass(frozen=True)
class Mutant:
    """One change: its name, the line it is on, and the whole changed module, ready to run."""

    name: str
    line: int
    code: CodeType


def _variants(node: ast.AST) -> Iterator[Any]:
    """Yield the nodes that may stand in the place of ``node``."""
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for other in _COMPARE[type(operator)]:
                    ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp():
            yield node.operand
        case ast.Name() if node.id in _NAMES:
            yield ast.Name(_NAMES[node.id], node.ctx)
        case ast.Attribute() if node.attr in _NAMES:
            yield ast.Attribute(node.value, _NAMES[node.attr], node.ctx)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield from (ast.Constant(node.value + step) for step in (1, -1))
        case ast.Constant(value=float()):
            near = (node.value * 1.1, node.value * 0.9) if node.value else (1.0, -1.0)
            yield from (ast.Constant(value) for value in near)


def _is_left_alone(node: Any) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):  # docstrings, bodies of overloads
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.keyword(arg="strict"):
            return True
    return not isinstance(node, ast.AST)


@dataclass(frozen=True)
class _Spot:
    """A place in the tree: what holds it, the function it is in, and the code that names it to a reader."""

    holder: ast.AST
    field: str
    place: int | None
    inside: str
    shown: ast.AST

    def get(self) -> Any:
        held = getattr(self.holder, self.field)
        return held if self.place is None else held[self.place]

    def put(self, node: ast.AST) -> None:
        if self.place is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.place] = node


def _spots(holder: ast.AST, inside: str = "", shown: ast.AST | None = None) -> Iterator[_Spot]:
    """Yield the places of the tree below ``holder``, in the order of the source."""
    for field, held in ast.iter_fields(holder):
        if field in _LEFT_ALONE:
            continue
        for place, child in enumerate(held) if isinstance(held, list) else [(None, held)]:
            if _is_left_alone(child):
                continue
            is_named = isinstance(child, ast.FunctionDef | ast.ClassDef)
            within = f"{inside}.{child.name}".lstrip(".") if is_named else inside
            # A lone number says nothing: it is named by the expression around it.
            by_another = shown if isinstance(child, _SMALL) and isinstance(shown, _NAMING) else child
            yield _Spot(holder, field, place, within, by_another)
            yield from _spots(child, within, by_another)


def _words(node: ast.AST) -> list[str]:
    return re.findall(r"[\w.]+|\s|=(?=-)|[()\[\],]|[^\w\s()\[\],]+", " ".join(ast.unparse(node).split()))


def _alike(one: Iterable[str], other: Iterable[str]) -> int:
    """Return how many words two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _name(before: list[str], after: list[str]) -> str:
    """Return the code with the change written into it: ``a [< => <=] b``."""
    ahead = _alike(before, after)
    behind = _alike(reversed(before[ahead:]), reversed(after[ahead:]))
    old, new = before[ahead : len(before) - behind], after[ahead : len(after) - behind]
    return "".join([*before[:ahead], "[", *old, " => ", *new, "]", *before[len(before) - behind :]])


def mutants(source: str, only: tuple[str, ...] = ()) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of the source.

    ``only``: names of the functions to change; the whole module when empty. No file's name is given to the
    compiled code, so that a mutant counts as no coverage of the real file.
    """
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for spot in list(_spots(tree)):
        if only and spot.inside not in only:
            continue
        node = spot.get()
        before = _words(spot.shown)
        for new in _variants(node):
            spot.put(ast.copy_location(new, node))
            after = _words(new if spot.shown is node else spot.shown)
            code = compile(ast.fix_missing_locations(tree), "<mutant>", "exec")
            spot.put(node)
            name = f"{spot.inside or 'module'}: {_name(before, after)}"
            seen[name] += 1
            yield Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", node.lineno, code)
