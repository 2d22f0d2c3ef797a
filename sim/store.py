"""Where does a result lie on disk?

`results/<name>/` holds Parquet tables (zstd), CSV copies for the eye, `aggregates/` with all
counts, `events/` with the rows if they were kept, and `manifest.json`: what was asked, with which
versions and seeds, when, and the SHA-256 of every file. A folder is written
beside its final place, manifest last, and renamed at the end: what has a manifest is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import Table, parquet

from sim import kept, stream
from sim.arithmetic import PACKAGE, source_digest
from sim.pictures import ComparisonPlots, RunPlots, span

FORMAT = 3
MANIFEST = "manifest.json"
AGGREGATES, EVENTS = "aggregates", "events"
BY, KEPT_AXES = "by_", ("county", "week", "age", "tier")
DISTRIBUTION = "tiered-care-sim"
PACKAGES = (
    DISTRIBUTION, "loky", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy", "simpy",
)
IN_CSV_TOO = ("measures", "table", *(f"{BY}{axis}" for axis in KEPT_AXES))
ONLY_CSV = ("ledger", "failures", "nine_rows", "summary")
GIT_SECONDS = 10
WORDS = b"words"


class ResultError(Exception):
    """A folder that is no whole result of ours; the message names the file."""


# --- provenance ------------------------------------------------------------------------------


def stamp(seconds: float) -> str:
    """A moment in UTC, ISO 8601, from seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute, and the digest of our sources."""
    found = {"python": platform.python_version(), "sources": source_digest()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def checkout() -> dict[str, Any] | None:
    """Commit of the checkout that these sources lie in, and whether it differs; None outside."""
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    return {"commit": _git("rev-parse", "HEAD"), "dirty": bool(_git("status", "--porcelain"))}


def _git(*words: str) -> str | None:
    command = ["git", "-C", str(PACKAGE), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def digest(content: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- writing ---------------------------------------------------------------------------------


def save(
    path: str | Path,
    manifest: Mapping[str, Any],
    frames: Mapping[str, pd.DataFrame],
    write_log: Callable[[Path], object] | None = None,
    texts: Mapping[str, str] | None = None,
) -> Path:
    """Write a result folder; an older result of ours there is replaced, anything else is kept.

    write_log: writes the event log, if there is one, into a folder that does not exist yet.
    texts: pages in words, by file name. Raises ResultError if the path is taken or not writable.
    """
    target = Path(path)
    check_place(target)
    with _written_aside(target) as folder:
        for name, frame in frames.items():
            _write_frame(folder, name, frame)
        for name, text in (texts or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        if write_log is not None:
            write_log(folder / EVENTS)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        sums = {file.relative_to(folder).as_posix(): file_digest(file) for file in files}
        whole = {"format": FORMAT, "written_by": DISTRIBUTION, **manifest}
        whole |= {"versions": versions(), "checkout": checkout(), "checksums": sums}
        _write_manifest(folder / MANIFEST, whole)
    return target


def check_place(path: str | Path) -> None:
    """Raise ResultError where `save` would: the path is taken, or no folder can be made there."""
    target = Path(path)
    _check_free(target)
    standing = next(parent for parent in target.absolute().parents if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        raise ResultError(f"{target}: no folder can be made in {standing}; nothing written")


def _check_free(target: Path) -> None:
    empty = target.is_dir() and not any(target.iterdir())
    if target.exists() and not empty and not _is_ours(target):
        raise ResultError(f"{target} exists and is no result of {DISTRIBUTION}; nothing written")


def _is_ours(target: Path) -> bool:
    try:
        return manifest_of(target).get("written_by") == DISTRIBUTION
    except ResultError:
        return False


@contextmanager
def _written_aside(target: Path) -> Iterator[Path]:
    folder = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
        _put_in_place(folder, target)
    except OSError as error:
        raise ResultError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    old = folder.with_suffix(".old")
    if target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write_frame(folder: Path, name: str, frame: pd.DataFrame) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    if name not in ONLY_CSV:
        parquet.write_table(_with_words(frame), folder / f"{name}.parquet", compression="zstd")
    if name in ONLY_CSV or name in IN_CSV_TOO:
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


def _with_words(frame: pd.DataFrame) -> Any:
    """The table with the words of its categories beside it: Parquet keeps only those that occur."""
    table = Table.from_pandas(frame, preserve_index=False)
    words = {c: list(frame[c].cat.categories) for c in frame.select_dtypes("category")}
    known = table.schema.metadata | {WORDS: json.dumps(words, ensure_ascii=False).encode()}
    return table.replace_schema_metadata(known)


def _write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False, default=str)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


# --- reading ---------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Stored:
    """A result on disk; tables are read when first asked for."""

    path: Path
    manifest: Mapping[str, Any]

    def frame(self, name: str) -> pd.DataFrame:
        """A table by its file name without suffix."""
        stored = self.path / f"{name}.parquet"
        return _read_parquet(stored) if stored.exists() else _read_csv(self.path, name)

    @property
    def seed(self) -> int:
        """Seed of the run, or of the first replication."""
        return self.manifest["seeds"][0]

    @property
    def title(self) -> str:
        """What it is called."""
        return self.manifest["title"]

    @property
    def days(self) -> int:
        """Measured days."""
        return self.manifest["days"]

    @property
    def warmup(self) -> int:
        """Days before them."""
        return self.manifest["warmup"]

    @cached_property
    def nine_rows(self) -> pd.DataFrame:
        """Shares of visits by institution beside the nation's."""
        return self.frame("nine_rows")

    @property
    def tiers(self) -> tuple[str, ...]:
        """Names of the tiers, lowest first."""
        return tuple(self.manifest["tiers"])


def _read_parquet(path: Path) -> pd.DataFrame:
    table = parquet.read_table(path)
    frame = table.to_pandas()
    for column, words in json.loads(table.schema.metadata[WORDS]).items():
        frame[column] = frame[column].astype(pd.CategoricalDtype(pd.Index(words)))
    return frame


def _read_csv(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])


class StoredRun(Stored):
    """A stored run: the same tables as the run had."""

    def __repr__(self) -> str:
        return f"<stored Run of {self.title!r}: seed {self.seed}, {span(self)}>"

    @property
    def plot(self) -> RunPlots:
        """Pictures."""
        return RunPlots(self)

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The resolved scenario."""
        return self.manifest["scenario"]

    @cached_property
    def visits(self) -> pd.DataFrame:
        """One row per visit, if the run kept its event log. Raises NoLog otherwise."""
        return stream.frame(self.path / EVENTS, "visits")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """One row per stay; as visits."""
        return stream.frame(self.path / EVENTS, "stays")

    @cached_property
    def remote(self) -> pd.DataFrame:
        """One row per remote consultation; as visits."""
        return stream.frame(self.path / EVENTS, "remote")

    @cached_property
    def aggregates(self) -> dict[str, pd.DataFrame]:
        """All that was counted, one table a kind."""
        files = sorted((self.path / AGGREGATES).glob("*.parquet"))
        return {file.stem: _read_parquet(file) for file in files}

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The tidy table of measures."""
        return self.frame("measures")

    def by(self, axis: str, *wanted: str) -> pd.DataFrame:
        """Measures by county, week, age or tier; of some, if named.

        Raises KeyError with the nearest name for another axis, or a measure not kept by it.
        """
        tables = {kind: partial(self.frame, f"{BY}{kind}") for kind in KEPT_AXES}
        return kept.by_axis(tables, axis, wanted)

    @cached_property
    def series(self) -> pd.DataFrame:
        """Counts per day."""
        return self.frame("series")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The ledgers, whose gap is zero."""
        return self.frame("ledger")


class StoredComparison(Stored):
    """A stored comparison: the same tables as the comparison had."""

    def __repr__(self) -> str:
        return f"<stored Comparison of {self.title!r}: {self.replications} pairs, {span(self)}>"

    @property
    def plot(self) -> ComparisonPlots:
        """Pictures."""
        return ComparisonPlots(self)

    @property
    def replications(self) -> int:
        """Pairs of runs."""
        return self.manifest["replications"]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Paired differences with intervals."""
        return self.frame("table")

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Measures of every replication."""
        return self.frame("runs")

    def by(self, axis: str, *wanted: str) -> pd.DataFrame:
        """Paired differences by county; of some measures, if named (as the comparison had them)."""
        return kept.by_axis({"county": partial(self.frame, f"{BY}county")}, axis, wanted)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Runs that failed, and why."""
        return self.frame("failures")


class StoredTable(Stored):
    """A stored validation (facts beside the model), or contributions of policies: one table."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a fact, or an effect on a cell."""
        return self.frame("table")


TABLES = dict.fromkeys(("validation", "contributions"), StoredTable)
KINDS = {"run": StoredRun, "comparison": StoredComparison, **TABLES}


def read(path: str | Path, kinds: Mapping[str, Callable[..., Any]] = KINDS) -> Any:
    """A stored result of some kind, if it is whole: every file there, with its checksum.

    Raises ResultError naming the folder or file.
    """
    folder, manifest = Path(path), manifest_of(Path(path))
    if manifest.get("format") != FORMAT:
        raise ResultError(f"{folder / MANIFEST}: format {manifest.get('format')}, not {FORMAT}")
    for name, expected in manifest["checksums"].items():
        _check_file(folder / name, expected)
    if manifest["kind"] not in kinds:
        raise ResultError(f"{folder} is a {manifest['kind']}, none of {', '.join(kinds)}")
    return kinds[manifest["kind"]](folder, manifest)


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a result folder. Raises ResultError if there is none that can be read."""
    if not folder.is_dir():
        raise ResultError(f"{folder} is no folder")
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(f"{folder} has no {MANIFEST}: not a result, or not finished") from None
    except ValueError as error:
        raise ResultError(f"{folder / MANIFEST}: {error}") from None
    if not isinstance(content, dict):
        raise ResultError(f"{folder / MANIFEST} holds no table of keys")
    return content


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ResultError(f"{path} is missing")
    if file_digest(path) != expected:
        raise ResultError(f"{path} was changed: its checksum differs from the manifest's")
