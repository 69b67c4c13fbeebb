"""Changes a source one spot at a time, the way a slip of the hand would: the tests must see each change.

What is changed: comparisons, arithmetic, numbers, ``and``/``or``/``not`` and their array forms, least and
greatest, any and all, a minus sign, True and False. Words for readers, hints of types and decorators are
left alone. A mutant is named by what it does (``function: before => after``), so that its name stays the
same when lines move.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Mutant:
    """One change: its name, the line it is on, and the whole changed source as a tree."""

    name: str
    line: int
    tree: ast.Module


def _variants(node: ast.AST) -> Iterator[ast.AST]:
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
            yield from (ast.Constant(v) for v in ((node.value * 1.1, node.value * 0.9) if node.value else (1.0, -1.0)))


def _is_for_readers(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=ast.Constant()):  # docstrings, the body of an overload
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def _spots(node: ast.AST, path: tuple[str, ...], inside: str) -> Iterator[tuple[tuple[str, ...], ast.AST, str, ast.AST]]:
    """Yield (path from the root, node, name of the function it is in, the node around it), in source order."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or (isinstance(child, ast.stmt) and _is_for_readers(child)):
                continue
            where = (*path, f"{field}.{place}" if isinstance(value, list) else field)
            within = f"{inside}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else inside
            yield where, child, within, node
            yield from _spots(child, where, within)


def _at(tree: ast.AST, path: tuple[str, ...]) -> Any:
    node: Any = tree
    for step in path:
        field, _, place = step.partition(".")
        node = getattr(node, field)[int(place)] if place else getattr(node, field)
    return node


def _replaced(tree: ast.Module, path: tuple[str, ...], new: ast.AST) -> ast.Module:
    """Return a copy of the tree with another node at the end of the path."""
    made = copy.deepcopy(tree)
    field, _, place = path[-1].partition(".")
    holder = _at(made, path[:-1])
    if place:
        getattr(holder, field)[int(place)] = copy.deepcopy(new)
    else:
        setattr(holder, field, copy.deepcopy(new))
    return ast.fix_missing_locations(made)


def mutants(source: str, only: tuple[str, ...] = ()) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of the source.

    ``only``: names of the functions to change; the whole module when empty.
    """
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for path, node, inside, around in list(_spots(tree, (), "")):
        if only and inside not in only:
            continue
        # A lone number says nothing: it is named by the expression around it.
        is_part = isinstance(around, ast.expr) and isinstance(node, ast.Constant | ast.Name | ast.UnaryOp | ast.Attribute)
        shown = path[:-1] if is_part else path
        for new in _variants(node):
            changed = _replaced(tree, path, new)
            before, after = (" ".join(ast.unparse(_at(t, shown)).split()) for t in (tree, changed))
            name = f"{inside or 'module'}: {before} => {after}"
            seen[name] += 1
            yield Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", node.lineno, changed)
