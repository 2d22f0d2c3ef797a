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
from ruamel.yaml.reader import ReaderError

Key = tuple[str | int, ...]
EXTENDS = "extends"
MOST_VALUES = 200_000  # of a file, aliases written out
HINTS = {
    "'\\t'": "; indent with spaces, never tabs",
    "mapping values are not allowed here": "; is a colon missing above, or the indentation uneven?",
    "could not find expected ':'": "; after a key a colon and a space are expected",
    "found another document": "; one file is one scenario, without ---",
}


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
        shown = dotted(self._written(complaint.path))
        return Problem(spot, shown, complaint.message, complaint.nearest)

    def _written(self, path: Key) -> Key:
        """The path without the positions that the file has no list for: one item, one number."""
        kept: Key = ()
        for part in path:
            alone = isinstance(part, int) and kept in self.values
            if not alone or (*kept, part) in self.values:
                kept = (*kept, part)
        return kept

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


class Origin:
    """The document that something was read from; it says nothing of what was asked."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        """Where it was read makes no difference."""
        return isinstance(other, Origin)

    __hash__ = None  # type: ignore[assignment]


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
    if EXTENDS not in document.data:
        return document
    parent, chain = document.data.pop(EXTENDS), (*children, path.resolve())
    target = (path.parent / str(parent)).resolve()
    complaint = _extends_complaint(target, parent, chain)
    if complaint:
        raise ScenarioError([document.problem(Complaint((EXTENDS,), *complaint))])
    return _over(document, _extended(target, chain))


def _extends_complaint(
    target: Path, written: object, chain: tuple[Path, ...]
) -> tuple[str, str] | None:
    if not isinstance(written, str):
        return f"a file name expected, not {kind(written)}", ""
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
    try:
        value = _value(_composed(path), document, ())
    except RecursionError:
        message = "the values lie too deep inside each other"
        raise ScenarioError([Problem(Spot(document.name, 1, 1), "", message)]) from None
    if not isinstance(value, dict):
        raise ScenarioError([Problem(document.values[()], "", f"keys expected, not {kind(value)}")])
    document.data.update(value)
    return document


def _composed(path: Path) -> nodes.Node:
    text = _text(path)
    try:
        node = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        raise ScenarioError([_syntax_problem(path, text, error)]) from None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        spot = Spot(str(path), len(before), len(before[-1]) + 1)
        message = f"no YAML: the character U+{error.character:04X} cannot stand here"
        raise ScenarioError([Problem(spot, "", message)]) from None
    except YAMLError as error:
        raise ScenarioError([Problem(Spot(str(path)), "", f"no YAML: {error}")]) from None
    if node is None:
        raise ScenarioError([Problem(Spot(str(path), 1, 1), "", "the file is empty")])
    return node


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].split(b"\n")
        spot = Spot(str(path), len(before), len(before[-1].decode("utf-8")) + 1)
        message = "the file is not UTF-8 text; save it with the encoding UTF-8"
        raise ScenarioError([Problem(spot, "", message)]) from None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        near = nearest(path.name, (found.name for found in path.parent.glob("*.yaml")))
        raise ScenarioError([Problem(Spot(str(path)), "", message, near)]) from None


def _syntax_problem(path: Path, text: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    spot = Spot(str(path), mark.line + 1, mark.column + 1) if mark else Spot(str(path))
    hint = next((hint for told, hint in HINTS.items() if told in (error.problem or "")), "")
    for number, line in enumerate(text.splitlines()[: spot.line], 1):
        if "：" in line and ": " not in line and not line.endswith(":"):
            hint = f"; a Chinese colon ： stands in line {number} instead of : and a space"
    return Problem(spot, "", f"no YAML: {error.problem}{hint}")


def _words(node: nodes.ScalarNode) -> str:
    """The text of a scalar; the parser marks with a bell where folded lines were joined."""
    return str(node.value).replace("\a", "") if node.style == ">" else str(node.value)


def _value(node: nodes.Node, document: Document, path: Key, above: tuple[int, ...] = ()) -> Any:
    spot = document.values[path] = _spot(document.name, node)
    if isinstance(node, nodes.ScalarNode):
        return _scalar(str(node.tag).rpartition(":")[2], _words(node))
    if id(node) in above:
        raise ScenarioError([Problem(spot, dotted(path), "an alias contains itself")])
    if len(document.values) > MOST_VALUES:
        message = f"aliases make more than {MOST_VALUES:,} values"
        raise ScenarioError([Problem(spot, dotted(path), message)])
    inside = (*above, id(node))
    if isinstance(node, nodes.MappingNode):
        return _mapping(node, document, path, inside)
    return tuple(
        _value(item, document, (*path, index), inside) for index, item in enumerate(node.value)
    )


def _mapping(
    node: nodes.MappingNode, document: Document, path: Key, above: tuple[int, ...]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        spot = _spot(document.name, key_node)
        key = str(key_node.value) if isinstance(key_node, nodes.ScalarNode) else None
        here = (*path, key or "")
        if key is None:
            message = "a list or mapping cannot be a key"
            document.problems.append(Problem(spot, dotted(path), message))
            continue
        if key in mapping:
            message = f"the key is given twice, first at line {document.keys[here].line}"
            document.problems.append(Problem(spot, dotted(here), message))
            continue
        document.keys[here] = spot
        mapping[key] = _value(value_node, document, here, above)
        if value_node.value == "" and mapping[key] is None:
            document.values[here] = spot
    return mapping


def _spot(file: str, node: nodes.Node) -> Spot:
    return Spot(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(tag: str, text: str) -> Any:
    match tag:
        case "int":
            return _int(text)
        case "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "timestamp":
            return _date(text)
    return text


def _int(text: str) -> int | str:
    try:
        return int(text.replace("_", ""), 0 if text[:2] in ("0x", "0o") else 10)
    except ValueError:  # thousands of digits
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
