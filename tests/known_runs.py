"""Which frames of runs have a known truth?"""

import numpy as np
import pandas as pd

CELL = {"measure": "wait_mean", "tier": "hub", "group": "all", "unit": "min"}


def normal_runs(means, count, rng, own=1.0, common=2.0):
    """A frame as a sweep writes it: points with normal values whose replications share luck."""
    shared = rng.normal(0, common, count)
    values = np.asarray(means)[:, None] + shared + rng.normal(0, own, (len(means), count))
    return frame(values)


def frame(values, keys=None, **labels):
    """Values by point and replication as a frame of runs; keys: a table by point."""
    points, count = np.shape(values)
    at = np.repeat(np.arange(points), count)
    columns = {"point": at}
    for name in keys if keys is not None else ():
        columns[name] = np.asarray(keys[name])[at]
    columns |= {"arm": "scenario", "replication": np.tile(np.arange(count), points)}
    columns["seed"] = columns["replication"] + 1
    return pd.DataFrame({**columns, **CELL, "value": np.ravel(values), "n": 1, **labels})


def arms(first, second, point=0):
    """Two arms of a point, replication by replication."""
    both = [frame([values]).assign(arm=arm, point=point)
            for arm, values in (("baseline", first), ("scenario", second))]  # fmt: skip
    return pd.concat(both, ignore_index=True)
