"""The same workload as other tools' own users would write it: one row kept for every visit.

Who compares imports these before our own: cimba reads its records only if it is loaded before
Numba's types of arrays, which come with our tables.
"""

import contextlib

with contextlib.suppress(ModuleNotFoundError):
    import cimba as cimba
