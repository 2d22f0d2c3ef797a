"""Rooms know only the rooms they may, luck has one source, and the door opens at once."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted((ROOT / "sim").rglob("*.py"))
HEAVY = ("numpy", "pandas", "numba", "mesa", "simpy", "scipy", "matplotlib", "pydantic", "typer")
LIBRARY_MATHS = {"math", "np", "numpy"}
EXACT = {
    "sqrt", "inf", "nan", "pi", "int32", "int64", "uint32", "uint64", "float64", "bool_",
    "empty", "zeros", "ones", "full", "arange", "floor", "abs", "isnan", "array",
    "zeros_like", "empty_like", "minimum", "maximum",
}  # fmt: skip


def relative(path):
    return path.relative_to(ROOT).as_posix()


def imported_after(statement):
    """Names of the modules that a fresh Python holds after a statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_sim_only_defines_names():
    modules = imported_after("import sim")
    assert not modules & set(HEAVY)
    assert {name for name in modules if name.startswith("sim.")} == set()


def test_the_command_line_loads_nothing_heavy():
    modules = imported_after("import sim.cli")
    assert not modules & (set(HEAVY) - {"typer"})


def test_every_name_of_the_door_opens():
    import sim

    for name in sim.__all__:
        assert getattr(sim, name), name
    for name in ("load", "run", "compare", "read"):
        assert callable(getattr(sim, name)), f"a room of the same name hides sim.{name}"
    with pytest.raises(AttributeError, match="nothing"):
        _ = sim.nothing


def test_help_answers_at_once():
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "sim.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert time.perf_counter() - start < 2  # 0.15 s on an idle machine
    commands = "list check run compare verify validate plot schema new"
    for command in commands.split():
        assert command in run.stdout


def test_rooms_import_only_what_they_may():
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("path", ROOMS, ids=relative)
def test_luck_has_one_source(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {a.name for a in node.names} & {"random", "numpy.random", "secrets", "uuid"}
        if isinstance(node, ast.ImportFrom):
            assert node.module not in ("random", "numpy.random", "secrets", "uuid")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in {("np", "random"), ("numpy", "random")}


def compiled_functions(path):
    """Functions of a file under `@compiled` or `@compiled(...)`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(is_compiled(d) for d in node.decorator_list):
            yield node


def is_compiled(decorator):
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(call, ast.Name) and call.id == "compiled"


def inexact(function):
    """Powers, and library mathematics that need not round alike on every machine."""
    for node in ast.walk(function):
        match node:
            case ast.BinOp(op=ast.Pow()) | ast.AugAssign(op=ast.Pow()):
                yield f"line {node.lineno}: **"
            case ast.Call(func=ast.Name(id="pow")):
                yield f"line {node.lineno}: pow"
            case ast.Attribute(value=ast.Name(id=library), attr=name):
                if library in LIBRARY_MATHS and name not in EXACT:
                    yield f"line {node.lineno}: {library}.{name}"


@pytest.mark.parametrize("path", ROOMS, ids=relative)
def test_compiled_functions_round_alike_everywhere(path):
    assert not [fault for function in compiled_functions(path) for fault in inexact(function)]


def test_the_search_for_inexact_arithmetic_finds_it(tmp_path):
    source = "@compiled\ndef f(x):\n    return x**2 + np.exp(x) + pow(x, 2) + math.sqrt(x)\n"
    (tmp_path / "rule.py").write_text(source)
    (function,) = compiled_functions(tmp_path / "rule.py")
    assert sorted(fault.split(": ")[1] for fault in inexact(function)) == ["**", "np.exp", "pow"]


def test_there_are_compiled_functions():
    assert sum(1 for path in ROOMS for _ in compiled_functions(path)) > 20
