"""Processes that are really killed: the program, its workers, nodes of a cluster."""

import operator
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from small_sweep import asked_in, bits, undisturbed

import sim
from sim import store
from sim.sweeping import crew, playing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with an experiment of six runs."""
    return asked_in(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def swept(place):
    """The experiment, played in this process without disturbance."""
    return undisturbed(place)


@pytest.fixture
def deadly(monkeypatch):
    """Runs of one seed kill their worker."""

    def play(task):
        return os._exit(1) if task.seed == 2 else playing.play(task)

    monkeypatch.setattr(crew, "play", play)


@pytest.mark.door
def test_a_run_that_kills_its_worker_is_isolated_and_reported(place, tmp_path, deadly):
    found = sim.sweep(place / "dose.yaml", tmp_path / "out", workers=2)
    assert set(found.failures["kind"]) == {"killed"} and set(found.failures["seed"]) == {2}
    assert sorted(set(found.runs["replication"])) == [0, 2]


@pytest.mark.invariant
@pytest.mark.parametrize("workers", [1, 2])
def test_processes_write_what_one_process_writes(swept, place, tmp_path, workers):
    sim.sweep(place / "dose.yaml", tmp_path / "out", workers=workers)
    assert bits(tmp_path / "out") == bits(swept.path)


def started(place, out):
    """The command in a process group of its own."""
    command = [sys.executable, "-m", "sim.cli", "sweep", str(place / "dose.yaml"), "--workers", "2",
               "--out", str(out)]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, start_new_session=True, **quiet)


def until(known, seconds=600):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not known():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.mark.invariant
def test_after_kill_9_again_and_again_the_whole_is_the_same(swept, place, tmp_path):
    out = tmp_path / "out"
    for number in (1, 2, 4):
        program = started(place, out)
        until(lambda n=number: len(list(out.glob("played/*.parquet"))) >= n)
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
    assert not (out / "manifest.json").exists()
    assert started(place, out).wait() == 0
    assert bits(out) == bits(swept.path)


@pytest.mark.invariant
def test_workers_killed_from_outside_cost_no_run(swept, place, tmp_path):
    from loky import get_reusable_executor

    out, killed = tmp_path / "out", []

    def kill(done, total):
        if done in (1, 3):
            victim = next(iter(get_reusable_executor(max_workers=2)._processes))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    found = sim.sweep(place / "dose.yaml", out, workers=2, progress=kill)
    assert len(killed) == 2 and found.failures.empty
    assert bits(out) == bits(swept.path)


# --- a cluster -------------------------------------------------------------------------------


@contextmanager
def program(*words):
    """A program in a process group of its own, killed at the end."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen([sys.executable, "-m", *words], start_new_session=True, **quiet)
    try:
        yield running
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two nodes, each a nanny with one worker; its address and the nodes."""
    pytest.importorskip("distributed")
    known, cli = tmp_path / "scheduler.json", "distributed.cli.dask_"
    told = ["--scheduler-file", str(known)]
    bare = ["--host", "127.0.0.1", "--no-dashboard"]
    with program(f"{cli}scheduler", *told, *bare, "--port", "0"):
        until(known.exists)
        node = [f"{cli}worker", *told, *bare, "--nthreads", "1"]
        with program(*node) as first, program(*node) as second:
            yield address_of(known), (first, second)


def address_of(known):
    """Where a scheduler listens, as our command line names it, once both nodes have joined."""
    from distributed import Client

    with Client(scheduler_file=str(known), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=600)
        return client.scheduler.address.replace("tcp://", "dask://")


def workers_of(address):
    """Process numbers of all workers."""
    from distributed import Client

    with Client(address.replace("dask://", "tcp://"), set_as_default=False) as client:
        return list(client.run(os.getpid).values())


@pytest.mark.invariant
def test_a_cluster_writes_what_one_process_writes_although_a_worker_and_a_node_die(
    swept, place, tmp_path, cluster
):
    address, (_, second) = cluster
    out, killed = tmp_path / "out", []

    def kill(done, total):
        if done == 1 and not killed:
            killed.extend(workers_of(address)[:1])
            os.kill(killed[0], signal.SIGKILL)
        elif done == 3 and second.poll() is None:
            os.killpg(second.pid, signal.SIGKILL)

    found = sim.sweep(place / "dose.yaml", out, engine=address, progress=kill)
    assert killed and second.wait() != 0 and found.failures.empty
    assert bits(out) == bits(swept.path)


@pytest.mark.door
def test_a_run_that_kills_workers_of_a_cluster_is_reported(place, tmp_path, cluster, deadly):
    found = sim.sweep(place / "dose.yaml", tmp_path / "out", engine=cluster[0])
    assert set(found.failures["kind"]) == {"killed"} and set(found.failures["seed"]) == {2}
    assert sorted(set(found.runs["replication"])) == [0, 2]


class Older:
    """Says other versions here; a cluster that is sent it asks for its own."""

    def __init__(self):
        self.versions = store.versions

    def __call__(self):
        return {**self.versions(), "numpy": "1.0"}

    def __reduce__(self):
        return operator.attrgetter("versions"), (store,)


@pytest.mark.door
def test_other_versions_and_a_silent_address_are_told_in_one_sentence(
    place, tmp_path, cluster, monkeypatch
):
    monkeypatch.setattr(crew.store, "versions", Older())
    with pytest.raises(store.ResultError, match=r"scheduler has numpy .* instead of 1\.0"):
        sim.sweep(place / "dose.yaml", tmp_path / "out", engine=cluster[0])
    with pytest.raises(store.ResultError, match="nobody answers"):
        sim.sweep(place / "dose.yaml", tmp_path / "out", engine="dask://127.0.0.1:1")
