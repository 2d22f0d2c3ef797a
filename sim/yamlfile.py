"""Where in a file does each value stand, and how is a mistake in it told?

YAML 1.2 by ruamel.yaml's round-trip parser: `8:30` and `no` stay text, `1e5` is a number, a key
given twice is a mistake. Every value keeps its file, line and column, also after `extends`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML, nodes
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Key = tuple[str | int, ...]
EXTENDS = "extends"


class Spot(NamedTuple):
    """Where something stands: file, line and column (from 1; 0 not in a file)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Complaint(NamedTuple):
    """What is wrong at a path of keys, and the valid name nearest to what was written."""

    path: Key
    message: str
    nearest: str = ""
    at_key: bool = False


class Problem(NamedTuple):
    """A complaint with its place in a file."""

    spot: Spot
    path: str
    message: str
    nearest: str = ""

    def __str__(self) -> str:
        hint = f" (nearest: {self.nearest})" if self.nearest else ""
        path = f" {self.path}:" if self.path else ""
        return f"{self.spot}:{path} {self.message}{hint}"


class ScenarioError(ValueError):
    """Everything that is wrong with a scenario, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Document(NamedTuple):
    """Plain values of a file (lists as tuples), where each key and value stands, repeated keys."""

    name: str
    data: dict[str, Any]
    keys: dict[Key, Spot]
    values: dict[Key, Spot]
    problems: list[Problem]

    def problem(self, complaint: Complaint) -> Problem:
        """The complaint at its place; a path that the file lacks stands at its nearest parent."""
        path = self._known(complaint.path) if not complaint.at_key else complaint.path
        first, second = (self.keys, self.values) if complaint.at_key else (self.values, self.keys)
        spot = first.get(path) or second.get(path) or self._parent(path)
        return Problem(spot, dotted(complaint.path), complaint.message, complaint.nearest)

    def _known(self, path: Key) -> Key:
        """The longest part of the path that the file has; one item may stand without its list."""
        known: Key = ()
        for part in path:
            if (*known, part) in self.values:
                known = (*known, part)
            elif isinstance(part, str):
                break
        return known

    def _parent(self, path: Key) -> Spot:
        known = self._known(path)
        return self.keys.get(known) or self.values.get(known) or Spot(self.name)


def plain(name: str, data: dict[str, Any]) -> Document:
    """A document of values that stand in no file."""
    return Document(name, data, {}, {}, [])


def dotted(path: Key) -> str:
    """A path of keys as text, e.g. `policies.0.coverage`."""
    return ".".join(map(str, path))


def nearest(word: object, valid: Iterable[str]) -> str:
    """The valid name most like the word; empty when none is."""
    found = difflib.get_close_matches(str(word), list(valid), n=1, cutoff=0.4)
    return found[0] if found else ""


def read(path: Path) -> Document:
    """The file with everything that it extends; its own top-level keys win.

    Raises ScenarioError for a file that is missing, empty, no YAML, or extends itself.
    """
    return _extended(Path(path), ())


def scalar(text: str) -> Any:
    """The value that YAML would read, e.g. `14` a number, `[1, 2]` a tuple; else the text."""
    try:
        node = YAML(typ="rt").compose(text)
    except YAMLError:
        return text
    return text if node is None else _value(node, plain("command line", {}), ())


def _extended(path: Path, children: tuple[Path, ...]) -> Document:
    document = _parsed(path)
    parent = document.data.pop(EXTENDS, None)
    if parent is None:
        return document
    target = (path.parent / str(parent)).resolve()
    complaint = _extends_complaint(target, str(parent), (*children, path.resolve()))
    if complaint:
        raise ScenarioError([document.problem(Complaint((EXTENDS,), *complaint))])
    return _over(document, _extended(target, (*children, path.resolve())))


def _extends_complaint(
    target: Path, written: str, chain: tuple[Path, ...]
) -> tuple[str, str] | None:
    if target in chain:
        names = " -> ".join(step.name for step in (*chain, target))
        return f"the files extend each other in a circle: {names}", ""
    if target.is_file():
        return None
    siblings = [found.name for found in target.parent.glob("*.yaml")]
    return f"there is no file {written}", nearest(target.name, siblings)


def _over(child: Document, parent: Document) -> Document:
    own = set(child.data)

    def kept(spots: dict[Key, Spot]) -> dict[Key, Spot]:
        return {key: spot for key, spot in spots.items() if key and key[0] not in own}

    return Document(
        child.name,
        {**parent.data, **child.data},
        {**kept(parent.keys), **child.keys},
        {**kept(parent.values), **child.values},
        parent.problems + child.problems,
    )


def _parsed(path: Path) -> Document:
    document = plain(str(path), {})
    node = _composed(path)
    try:
        value = _value(node, document, ())
    except RecursionError:
        message = "an alias contains itself"
        raise ScenarioError([Problem(Spot(document.name), "", message)]) from None
    if not isinstance(value, dict):
        raise ScenarioError([Problem(document.values[()], "", f"keys expected, not {kind(value)}")])
    document.data.update(value)
    return document


def _composed(path: Path) -> nodes.Node:
    try:
        node = YAML(typ="rt").compose(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        raise ScenarioError([_syntax_problem(path, error)]) from None
    except YAMLError as error:
        raise ScenarioError([Problem(Spot(str(path)), "", f"no YAML: {error}")]) from None
    except UnicodeDecodeError:
        raise ScenarioError([Problem(Spot(str(path)), "", "the file is not UTF-8 text")]) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        near = nearest(path.name, (found.name for found in path.parent.glob("*.yaml")))
        raise ScenarioError([Problem(Spot(str(path)), "", message, near)]) from None
    if node is None:
        raise ScenarioError([Problem(Spot(str(path), 1, 1), "", "the file is empty")])
    return node


def _syntax_problem(path: Path, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    spot = Spot(str(path), mark.line + 1, mark.column + 1) if mark else Spot(str(path))
    tab = "'\\t'" in (error.problem or "")
    hint = "; indent with spaces, never tabs" if tab else ""
    return Problem(spot, "", f"no YAML: {error.problem}{hint}")


def _value(node: nodes.Node, document: Document, path: Key) -> Any:
    document.values[path] = _spot(document.name, node)
    if isinstance(node, nodes.MappingNode):
        return _mapping(node, document, path)
    if isinstance(node, nodes.SequenceNode):
        return tuple(
            _value(item, document, (*path, index)) for index, item in enumerate(node.value)
        )
    return _scalar(str(node.tag).rpartition(":")[2], str(node.value))


def _mapping(node: nodes.MappingNode, document: Document, path: Key) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        spot = _spot(document.name, key_node)
        if key in mapping:
            message = f"the key is given twice, first at line {document.keys[here].line}"
            document.problems.append(Problem(spot, dotted(here), message))
            continue
        document.keys[here] = spot
        mapping[key] = _value(value_node, document, here)
    return mapping


def _spot(file: str, node: nodes.Node) -> Spot:
    return Spot(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(tag: str, text: str) -> Any:
    match tag:
        case "int":
            return int(text.replace("_", ""), 0 if text[:2] in ("0x", "0o") else 10)
        case "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "timestamp":
            return _date(text)
    return text


def _date(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def kind(value: object) -> str:
    """What sort of YAML value this is, in words."""
    words = {
        dict: "keys with values",
        tuple: "a list",
        list: "a list",
        str: "text",
        bool: "true/false",
        int: "a whole number",
        float: "a number",
        date: "a date",
        type(None): "nothing",
    }
    return words.get(type(value), type(value).__name__)
