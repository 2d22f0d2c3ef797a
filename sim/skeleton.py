"""How does one start a policy? A small working one, with comments, under a new name."""

from __future__ import annotations

import keyword
import re
from difflib import get_close_matches
from pathlib import Path

from sim import policies
from sim.yamlfile import Problem, ScenarioError, Spot

POLICIES = Path(policies.__file__).parent
SKELETON = POLICIES / "_skeleton.py"
NAME = re.compile(r"[a-z][a-z0-9_]*")
LIKE = 0.8  # share of letters from which two names are easily taken for each other
FOUND_HERE = """\
1. Read it from top to bottom and make it yours: what it does, its doses, changes and claims.
2. pytest tests/test_policies.py -k {name}     the contract that every policy keeps"""
FOUND_ELSEWHERE = """\
1. Read it from top to bottom and make it yours: what it does, its doses, changes and claims.
2. It is found once Python knows the folder:
       import sim.policies
       sim.policies.__path__.append({folder!r})
   For the command line and the contract tests, put the file into {policies}."""
NEXT = """\
3. A scenario with it, scenarios/county_{name}.yaml:
       extends: county_baseline.yaml
       title: Yangxin with {name} from the first measured day
       policies:
         - name: {name}
           coverage: 0.5
4. sim check   scenarios/county_{name}.yaml     which fields it changes, before and after
   sim compare scenarios/county_baseline.yaml scenarios/county_{name}.yaml
5. pytest --slow tests/test_claims.py -k {name}     whether your claims hold
6. sim schema scenarios/schema.json     editors learn its parameters"""


def write(name: str, folder: Path | None = None) -> Path:
    """A new policy file in a folder, or among the policies of the package; its path.

    Raises ScenarioError for a name that no policy can have or one has already, and where the file
    cannot be written.
    """
    if name in policies.names():
        raise refused(f"there is a policy {name} already")
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise refused(
            f"{name!r} is no name for a policy: lower-case letters, digits and _, a letter first",
            nearest_name(name),
        )
    path = (folder or POLICIES) / f"{name}.py"
    if path.exists():
        raise refused(f"{path} exists already")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(SKELETON.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "" if folder else "; say where with --folder"
        raise refused(f"{path} cannot be written: {error.strerror}{hint}") from None
    return path


def refused(message: str, nearest: str = "") -> ScenarioError:
    """Why there is no new policy."""
    return ScenarioError([Problem(Spot("new policy"), "", message, nearest)])


def nearest_name(name: str) -> str:
    """A name that a policy can have, made of one that it cannot."""
    made = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    valid = made if NAME.fullmatch(made) else f"policy_{made}".rstrip("_")
    return f"{valid}_" if keyword.iskeyword(valid) else valid


def next_steps(path: Path) -> str:
    """Where the new policy lies, and what to do with it."""
    here = path.parent.resolve() == POLICIES.resolve()
    found = FOUND_HERE if here else FOUND_ELSEWHERE
    names = {"name": path.stem, "folder": str(path.parent), "policies": POLICIES}
    return "\n".join(
        [f"written to {path}", *remarks(path.stem), (found + "\n" + NEXT).format(**names)]
    )


def remarks(name: str) -> list[str]:
    """Names of other policies that one may take for this one."""
    others = [other for other in policies.names() if other != name]
    return [
        f"remark: easily taken for the policy {other}"
        for other in get_close_matches(name, others, cutoff=LIKE)
    ]
