"""Which numbers stand in a source, and in which name?

Left out is what cannot be a parameter: 0, 1, -1 and 2, indices, shifts and bit masks, counts of
places (`range(4)` unpacked into names), the bounds and neutral values of a column or a policy's
parameter, and what a policy's claim is tested at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

FREE = (0, 1, -1, 2)
SAID = ("Column", "dose", "Claim", "Field")
"""Calls that say a number's meaning, unit and bounds where they stand."""
BITS = (ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr)


class Literal(NamedTuple):
    """A number in a source: the module's constant, class or function in which it stands, and it."""

    name: str
    value: float
    line: int


def literals(source: str) -> Iterator[Literal]:
    """The numbers of a source that need a reason to stand there."""
    tree = ast.parse(source)
    doses = {ast.unparse(word.value) for call in ast.walk(tree) if isinstance(call, ast.Call)
             for word in call.keywords if word.arg in ("dose", "against")}  # fmt: skip
    for statement in tree.body:
        name = named(statement)
        if name not in doses:
            for node in numbers(statement):
                yield Literal(name, node.value, node.lineno)


def named(statement: ast.stmt) -> str:
    """What a statement of a module names: its first target, function or class."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return ast.unparse(target).strip("()").split(",")[0]
    return getattr(statement, "name", "")


def numbers(node: ast.AST) -> Iterator[ast.Constant]:
    """Constants below a node that are numbers and might be parameters."""
    if isinstance(node, ast.Constant):
        if type(node.value) in (int, float) and node.value not in FREE:
            yield node
        return
    for child in ast.iter_child_nodes(node):
        if not free(node, child):
            yield from numbers(child)


def free(node: ast.AST, child: ast.AST) -> bool:
    """Whether a place takes numbers that are no parameters."""
    if isinstance(node, ast.Subscript):
        return child is node.slice and isinstance(child, ast.Constant | ast.Tuple | ast.Slice)
    if isinstance(node, ast.BinOp) and isinstance(node.op, BITS):
        return isinstance(child, ast.Constant)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        return ast.unparse(node.value).startswith("range(")
    return isinstance(node, ast.Call) and ast.unparse(node.func) in SAID
