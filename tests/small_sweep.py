"""A small experiment of six runs, how to play it undisturbed, and what must stay the same."""

import hashlib
from concurrent.futures import Executor, Future
from pathlib import Path

import sim

TINY = Path("scenarios/tiny_clinic.yaml").resolve()
SERVERS = "world.facilities[0].departments[0].servers"
ASKED = f"""
question: How many servers does the clinic need?
scenario: clinic.yaml
against: clinic.yaml
vary:
  grid:
    {SERVERS}: [1, 2]
levers: [world]
replications: 3
measures: [wait, left_unseen, occupancy]
"""
NOT_COMPARED = "machine"


class Here(Executor):
    """Plays at once, in this process; stops like an interrupted program after some tasks."""

    def __init__(self, most=10**6):
        self.left, self.seen = most, []

    def submit(self, fn, /, *args, **kwargs):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.seen.append(args[0])
        future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def asked_in(folder):
    """Write the experiment into a folder."""
    short = TINY.read_text().replace("days: 28", "days: 2").replace("warmup: 7", "warmup: 1")
    (folder / "clinic.yaml").write_text(short)
    (folder / "dose.yaml").write_text(ASKED)
    return folder


def undisturbed(folder):
    """The experiment of a folder, played in this process from beginning to end."""
    return sim.sweep(folder / "dose.yaml", folder / "undisturbed", executor=Here())


def bits(folder):
    """Every file of a sweep that must be the same, with its hash."""
    files = (f for f in sorted(folder.rglob("*")) if f.is_file())
    return {f.relative_to(folder).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()
            for f in files if f.relative_to(folder).parts[0] != NOT_COMPARED}  # fmt: skip
