"""What does somebody change? One pure file each, found by its name."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from pydantic import BaseModel

from sim.effects import Change, Claim
from sim.world import World


class UnknownPolicy(LookupError):
    """No policy has the name; `nearest` is the one most like it."""

    def __init__(self, name: str) -> None:
        self.nearest = next(iter(difflib.get_close_matches(name, names(), 1)), "")
        super().__init__(f"there is no policy {name}")


class Policy(NamedTuple):
    """A policy file: what it is called, does, takes, changes and claims."""

    name: str
    summary: str  # first sentence of the file
    Params: type[BaseModel]
    effects: Callable[[World, Any], tuple[Change, ...]]
    claims: tuple[Claim, ...]
    begins: Callable[[World, Any], int] | None = None  # first day on which it can act in a world


def names() -> tuple[str, ...]:
    """Names of all policies, sorted; a file with a leading underscore is none."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def find(name: str) -> Policy:
    """The policy of a name. Raises UnknownPolicy with the nearest name."""
    if name not in names():
        raise UnknownPolicy(name)
    module = import_module(f"{__name__}.{name}")
    summary = (module.__doc__ or "").partition("\n")[0]
    begins = getattr(module, "begins", None)
    return Policy(name, summary, module.Params, module.effects, module.CLAIMS, begins)


def changes(name: str, world: World, parameters: dict[str, Any]) -> tuple[Change, ...]:
    """What the policy changes in the world at these parameters, signed with its name."""
    policy = find(name)
    made = policy.effects(world, policy.Params(**parameters))
    return tuple(change._replace(policy=name) for change in made)


def begins(name: str, world: World, parameters: dict[str, Any]) -> int:
    """First day on which a policy can act in a world at these parameters; 0 for most."""
    policy = find(name)
    return policy.begins(world, policy.Params(**parameters)) if policy.begins else 0
