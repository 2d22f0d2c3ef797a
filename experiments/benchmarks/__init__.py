"""How fast is it, beside others, beside itself, and as it grows? Printed as ratios of one run.

A peer that compiles, cimba, reads its records only if it is loaded before Numba's types of arrays.
"""

import contextlib

with contextlib.suppress(ModuleNotFoundError):
    import cimba as cimba
