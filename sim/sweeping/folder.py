"""Where does a sweep, or a search, lie while it grows?

`played/<hash>.parquet` is one run, written beside its place and renamed: a file that is
there is whole, whenever the sweep was killed. `machine/` holds what differs between machines and
days (times, versions, commit); everything else is the same however often the sweep was interrupted.
`manifest.json` comes last: what has a manifest is finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

from ruamel.yaml import YAML

from sim import store
from sim.sweeping.asked import Checked
from sim.sweeping.playing import Played

PLAYED, MACHINE = "played", "machine"
EXPERIMENT = "experiment.yaml"
SCENARIO_FILES = ("scenario.yaml", "against.yaml")
TIMES, MACHINE_FILE = "times.csv", "machine.json"
PARTIAL = ".partial"


class Folder:
    """A sweep's folder, or a search's; asked: the file with the question."""

    def __init__(self, path: Path, asked: str = EXPERIMENT) -> None:
        self.path, self.asked = path, asked

    def file(self, name: str) -> Path:
        """Where a run lies."""
        return self.path / PLAYED / f"{name}.parquet"

    def has(self, name: str) -> bool:
        """Whether a run was played."""
        return self.file(name).is_file()

    def open(self, asked: Mapping[str, str]) -> None:
        """Make the folder ready, or take an unfinished or older sweep up again.

        asked: files that ask the same again, by name. Raises ResultError if the place is taken by
        something else or not writable.
        """
        check_place(self.path, self.asked)
        with told(self.path):
            for part in (PLAYED, MACHINE):
                (self.path / part).mkdir(parents=True, exist_ok=True)
            (self.path / store.MANIFEST).unlink(missing_ok=True)
            for left in self.path.rglob(f".*{PARTIAL}"):
                left.unlink(missing_ok=True)
            for name, text in asked.items():
                self.write(self.path / name, text.encode())

    def keep(self, played: Played) -> None:
        """Write a run, and how long it took."""
        with told(self.path):
            self.write(self.file(played.name), played.table)
            with (self.path / MACHINE / TIMES).open("a", encoding="utf-8") as file:
                file.write(f"{played.name},{played.seconds:.3f}\n")

    def write(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all."""
        aside = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)

    def close(self, manifest: Mapping[str, Any], tables: list[Path], started: datetime) -> None:
        """Say which machine it was, and that the sweep is whole."""
        files = [*tables, *(self.path / name for name in (self.asked, *SCENARIO_FILES))]
        sums = {file.relative_to(self.path).as_posix(): store.file_digest(file)
                for file in sorted(files) if file.is_file()}  # fmt: skip
        now = datetime.now(UTC)
        machine = {
            "started": started.isoformat(timespec="seconds"), "versions": store.versions(),
            "finished": now.isoformat(timespec="seconds"), "checkout": store.checkout(),
            "processors": os.cpu_count(), "run_seconds": self.seconds(),
        }  # fmt: skip
        whole = {"format": store.FORMAT, "written_by": store.DISTRIBUTION, **manifest,
                 "checksums": sums}  # fmt: skip
        with told(self.path):
            self.write(self.path / MACHINE / MACHINE_FILE, _json(machine))
            self.write(self.path / store.MANIFEST, _json(whole))

    def seconds(self) -> float | None:
        """Median seconds of a run, none where none was timed."""
        times = self.path / MACHINE / TIMES
        if not times.is_file():
            return None
        lines = [line.split(",") for line in times.read_text(encoding="utf-8").splitlines()]
        found = [float(line[1]) for line in lines if len(line) == 2 and line[1]]
        return round(median(found), 3) if found else None


def check_place(path: Path, asked: str = EXPERIMENT) -> None:
    """Raise ResultError where a sweep cannot be: no folder of ours, or none can be made."""
    if not (path / PLAYED).is_dir() or not (path / asked).is_file():
        store.check_place(path)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What goes wrong on the disk, in one sentence."""
    try:
        yield
    except OSError as error:
        raise store.ResultError(f"{path} cannot be written: {error.strerror or error}") from error


def texts(checked: Checked) -> dict[str, str]:
    """The experiment and its scenarios as files that ask the same again, by name."""
    asked = checked.experiment.model_dump(
        by_alias=True, exclude_defaults=True, exclude_none=True, exclude={"scenario", "against"}
    )
    bases = dict(zip(SCENARIO_FILES, (checked.scenario, checked.against), strict=True))
    held = {name: scenario for name, scenario in bases.items() if scenario is not None}
    files = {Path(name).stem: name for name in held}
    question = asked.pop("question")
    said = {EXPERIMENT: written({"question": question, **files, **asked})}
    return said | {name: written(scenario.resolved()) for name, scenario in held.items()}


def written(content: Any) -> str:
    """Values as the text of a YAML file."""
    yaml, text = YAML(), StringIO()
    yaml.default_flow_style = False
    yaml.width = 4096
    yaml.dump(_lists(content), text)
    return text.getvalue()


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(held) for key, held in value.items()}
    return list(map(_lists, value)) if isinstance(value, list | tuple) else value


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n").encode()
