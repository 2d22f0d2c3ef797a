"""Who plays the runs, and what if a worker dies? Any `concurrent.futures.Executor`.

Tasks are handed out a few ahead of the workers, so memory does not grow with the sweep. A task's
own mistake comes back as an answer, so whatever the executor raises happened to the machine: such a
task waits until all others are done and is then played alone, up to three times. If its worker dies
each time, the run kills workers and is reported; if anything else keeps it from being played, the
sweep stops, and what is done stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from sim import store
from sim.sweeping.playing import Failed, Task, play

ATTEMPTS = 3
AHEAD = 2  # tasks handed out per worker
DASK = re.compile(r"dask://([^\s/:]+):(\d{1,5})/?")
CONNECTING = 10  # seconds
KILLERS = ("KilledWorker",)  # how Dask says that workers died under a task


class Unfinished(store.ResultError):
    """It could not go on; what is done is kept, and a second call finishes the rest."""


class Crew(NamedTuple):
    """Where tasks go: a function that gives the executor (a new one if it broke), and how many."""

    executor: Callable[[], Executor]
    workers: int


def answers(
    tasks: Iterable[Any], crew: Crew, work: Callable[[Any], Any] | None = None
) -> Iterator[Any]:
    """The answer to each task, as they come; those that a dying worker took with it come last.

    work: what a worker does with a task that has a name; it plays a run of a scenario if not given.
    """
    lost: list[Any] = []
    done = work or play
    for task, future in _abreast(iter(tasks), crew, done):
        error = _error(future)
        if error is None:
            yield future.result()
        else:
            lost.append(task)
    for task in lost:
        yield _alone(task, crew, done)


def warm(task: Task) -> None:
    """Compile here, so that workers on this machine find the compiled functions on disk."""
    from sim import engine as engines

    with suppress(Exception):  # a scenario that cannot be played fails in its own run
        scenario = task.scenario
        engines.warm(scenario.timeline()[0][1], scenario.total_days, scenario.engine)


def _abreast(
    tasks: Iterator[Any], crew: Crew, work: Callable[[Any], Any]
) -> Iterator[tuple[Any, Future[Any]]]:
    """Tasks with their finished futures, never more than a few out."""
    out: dict[Future[Any], Any] = {}
    try:
        while True:
            free = AHEAD * crew.workers - len(out)
            out |= {_handed(task, crew, work): task for task in islice(tasks, free)}
            if not out:
                return
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                yield out.pop(future), future
    finally:
        for future in out:
            future.cancel()


def _handed(task: Any, crew: Crew, work: Callable[[Any], Any]) -> Future[Any]:
    """The future of a task; a broken one where nobody takes it."""
    try:
        return crew.executor().submit(work, task)
    except Exception as error:
        refused: Future[Any] = Future()
        refused.set_exception(error)
        return refused


def _error(future: Future[Any]) -> BaseException | None:
    """What happened to a future, if it has no answer. Raises what stops everything."""
    try:
        error = future.exception()
    except CancelledError as cancelled:
        return cancelled
    if error is not None and not isinstance(error, Exception | CancelledError):
        raise error
    return error


def _alone(task: Any, crew: Crew, work: Callable[[Any], Any]) -> Any:
    """The answer to a task with all workers to itself. Raises Unfinished."""
    for _ in range(ATTEMPTS):
        future = _handed(task, crew, work)
        wait([future])
        error = _error(future)
        if error is None:
            return future.result()
    if isinstance(error, BrokenExecutor) or type(error).__name__ in KILLERS:
        told = f"its worker died each of {ATTEMPTS} times that it was played alone"
        return Failed(task.name, "killed", told)
    said = " ".join(str(error).split()) or "no reason given"
    raise Unfinished(
        f"stopped, since a run could not be played ({type(error).__name__}: {said}); "
        "what is done is kept: call again to finish the rest"
    )


# --- executors -------------------------------------------------------------------------------


@contextmanager
def crew_of(
    workers: int | None = None, engine: str | None = None, executor: Executor | None = None
) -> Iterator[Crew]:
    """Who plays: an executor as given, a Dask cluster by its address, else processes here.

    workers: processes here, one per processor if not given. Raises ResultError for an address that
    is none, that nobody answers, or where other versions are installed.
    """
    if executor is not None:
        yield Crew(lambda: executor, workers or getattr(executor, "_max_workers", None) or 1)
    elif engine is not None:
        with _dask(engine) as found:
            yield found
    else:
        with _processes(workers or os.cpu_count() or 1) as found:
            yield found


@contextmanager
def _processes(workers: int) -> Iterator[Crew]:
    from loky import get_reusable_executor

    pool = partial(get_reusable_executor, max_workers=workers)
    try:
        yield Crew(pool, workers)
    except KeyboardInterrupt:
        pool().shutdown(wait=False, kill_workers=True)
        raise


@contextmanager
def _dask(address: str) -> Iterator[Crew]:
    named = DASK.fullmatch(address)
    if named is None:
        raise store.ResultError(f"{address}: no address of a cluster; dask://HOST:PORT expected")
    try:
        from distributed import Client
    except ImportError:
        raise store.ResultError(
            f"{address} needs Dask: pip install 'tiered-care-sim[dask]'"
        ) from None
    try:
        client = Client(f"tcp://{named[1]}:{named[2]}", timeout=CONNECTING, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise store.ResultError(f"{address}: nobody answers ({error})") from None
    with client:
        _check_versions(address, client)
        threads = sum(one["nthreads"] for one in client.scheduler_info(-1)["workers"].values())
        yield Crew(client.get_executor, max(threads, 1))


def _check_versions(address: str, client: Any) -> None:
    """Ask scheduler and workers which versions they have. Raises ResultError in one sentence."""
    ours = store.versions()
    try:
        told = {"scheduler": client.run_on_scheduler(store.versions), **client.run(store.versions)}
    except Exception as error:
        raise store.ResultError(
            f"{address}: {type(error).__name__}: {error}; install tiered-care-sim on the scheduler "
            "and on every worker, the same as here"
        ) from None
    for where, theirs in told.items():
        other = [f"{name} {theirs.get(name, 'none')} instead of {ours[name]}"
                 for name in ours if theirs.get(name) != ours[name]]  # fmt: skip
        if other:
            raise store.ResultError(f"{address}: {where} has {', '.join(other)}")
