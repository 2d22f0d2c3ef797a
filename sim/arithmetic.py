"""With what arithmetic does the model count time and weigh choices, alike on every machine?

Every function here uses + - * / sqrt, comparisons and integers only. Each of these is exactly
rounded by IEEE 754, so a result is the same bit for bit on every processor, compiled or not:
Numba without fastmath leaves a*b + c as two rounded operations and never fuses them (no FMA).
"""

import ast
import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numba
import numpy as np

PACKAGE = Path(__file__).resolve().parent
DIGEST_LETTERS = 16
OWNER_ONLY = 0o700


def source_digest() -> str:
    """Hash of the sources that compiled functions depend on, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(rule_sources()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PACKAGE).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:DIGEST_LETTERS]


def rule_sources() -> set[Path]:
    """Every source with a compiled function, and all that these import of this package."""
    marks = "@compiled", "@inlined", "@entry"
    texts = {path: path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    sources = {path for path, text in texts.items() if any(mark in text for mark in marks)}
    todo = list(sources)
    while todo:
        new = set(_imported(todo.pop())) - sources
        sources |= new
        todo += new
    return sources


def _imported(source: Path) -> Iterator[Path]:
    """Modules of this package that a source imports from."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{PACKAGE.name}."):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in (f"{node.module}", *names):
                path = PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
                if path.exists():
                    yield path


def cache_directory() -> Path:
    """Folder for the compiled functions of exactly these sources under this Numba.

    Numba alone looks only at the file that a function stands in, so an edited rule called from
    another file would keep its old answer. The parent is NUMBA_CACHE_DIR, else the user's cache
    folder, else the temporary folder: the first that can be written.
    """
    name = f"{source_digest()}-numba-{numba.__version__}"
    for parent in _cache_parents():
        if _writable(parent / name):
            return parent / name
    return Path(tempfile.mkdtemp(prefix="sim-"))


def _cache_parents() -> Iterator[Path]:
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen)
    else:
        yield Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "sim"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


CACHE_DIRECTORY = str(cache_directory())
numba.config.CACHE_DIR = CACHE_DIRECTORY


def compiled(function):
    """Compile a function of the model: cached on disk, IEEE division, no fastmath.

    It allocates nothing, so Numba's reference counting is off: counting the arrays of a World
    costs ten times as much as choosing a facility (19 µs against 1). Groups come as `sim.table`.
    """
    return _compiled(function, _nrt=False)


def inlined(function):
    """As `compiled`, and copied into each caller: for small rules that a choice goes through."""
    return _compiled(function, _nrt=False, forceinline=True)


def entry(function):
    """Compile a function that Python calls and that may allocate; else as `compiled`."""
    return _compiled(function)


def _compiled(function, **options):
    # Numba reads its settings anew whenever a NUMBA_ variable has changed, and forgets ours.
    numba.config.CACHE_DIR = CACHE_DIRECTORY
    return numba.njit(cache=True, error_model="numpy", nogil=True, **options)(function)


TICKS_PER_MINUTE = 2**20
MINUTES_PER_DAY = 1440
DAY = MINUTES_PER_DAY * TICKS_PER_MINUTE
NEVER = 2**62


@compiled
def ticks(minutes):
    """Whole ticks of a duration, at least one.

    minutes: [min]; returns int64 [tick], the nearest (halves upward). What is not below NEVER
    ticks (infinite, not a number) is NEVER.
    """
    nearest = minutes * TICKS_PER_MINUTE + 0.5
    if not nearest < NEVER:
        return np.int64(NEVER)
    return np.int64(max(nearest, 1.0))


@entry
def minutes(ticks):
    """Minutes of a time or duration in ticks.

    ticks: [tick], a number or an array; returns float64 [min], exact below 2**53 ticks.
    """
    return ticks / TICKS_PER_MINUTE


INFINITY = math.inf
NOT_A_NUMBER = math.nan

# ln 2 in two parts: the high one ends in zero bits, so its product with an exponent is exact.
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
LOG2_E = float.fromhex("0x1.71547652b82fep+0")

EXP_OVERFLOW = float.fromhex("0x1.62e42fefa39efp+9")
EXP_UNDERFLOW = float.fromhex("-0x1.74910d52d3051p+9")

# Added to a whole number, it leaves that number in the last bits of the sum.
WHOLE = 1.5 * 2.0**52
WHOLE_BITS = 0x433 << 52 | 1 << 51

FRACTION_BITS = 52
FRACTION_MASK = 2**FRACTION_BITS - 1
EXPONENT_BIAS = 1023
SMALLEST_NORMAL = float.fromhex("0x1p-1022")
LIFT = 54
LIFT_FACTOR = float(2**LIFT)
SQRT2 = float.fromhex("0x1.6a09e667f3bcdp+0")

# r coth(r/2) - 2 in powers of r squared: 2 B(2n) / (2n)! with Bernoulli's numbers B.
COTH_1 = 1 / 6
COTH_2 = -1 / 360
COTH_3 = 1 / 15_120
COTH_4 = -1 / 604_800
COTH_5 = 1 / 23_950_080
COTH_6 = -691 / 653_837_184_000


@inlined
def _power_of_two(k):
    return np.int64((k + EXPONENT_BIAS) << FRACTION_BITS).view(np.float64)


@inlined
def exp(x):
    """e to the power x, relative error below 2.5e-16 (about one unit in the last place).

    x: float64; overflows to inf, underflows through the subnormals to 0, nan stays nan.
    With x = k ln 2 + r: exp(x) = 2**k (1 + 2r / (r coth(r/2) - r)), |r| <= ln(2) / 2.
    Without branches, as `log`, so that a loop over an array takes several at once.
    """
    y = x if EXP_UNDERFLOW <= x <= EXP_OVERFLOW else 0.0
    nearest = np.floor(abs(y) * LOG2_E + 0.5)
    k = nearest if y > 0.0 else -nearest
    r = (y - k * LN2_HIGH) - k * LN2_LOW
    q = r * r
    tail = COTH_4 + q * (COTH_5 + q * COTH_6)
    even = q * (COTH_1 + q * (COTH_2 + q * (COTH_3 + q * tail)))
    value = 1.0 + 2.0 * r / (2.0 + (even - r))
    power = np.float64(k + WHOLE).view(np.int64) - WHOLE_BITS
    half = power >> 1
    value = value * _power_of_two(half) * _power_of_two(power - half)
    value = INFINITY if x > EXP_OVERFLOW else value
    value = 0.0 if x < EXP_UNDERFLOW else value
    return value if x == x else NOT_A_NUMBER


@inlined
def log(x):
    """Natural logarithm of x, relative error below 2.5e-16 (about one unit in the last place).

    x: float64; -inf at 0, nan below, inf at inf, nan stays nan.
    With x = 2**k (1 + f) and s = f / (2 + f): log(1 + f) = 2 artanh(s), as
    f - f*f/2 + s (f*f/2 + 2 (s**2/3 + s**4/5 + ...)), |s| < 0.172.
    """
    tiny = x < SMALLEST_NORMAL
    value = _log(x * LIFT_FACTOR if tiny else x, LIFT if tiny else 0.0)
    value = value if x < INFINITY else x
    return value if x > 0.0 else (-INFINITY if x == 0.0 else NOT_A_NUMBER)


@inlined
def log_of_draw(u):
    """`log` of a draw from (0, 1), which is neither nothing nor so small that it needs lifting."""
    return _log(u, 0.0)


@inlined
def _log(x, lift):
    """Natural logarithm of 2**-lift x, x normal and positive; lift: whole."""
    k, f = _parts(x)
    k -= lift
    s = f / (2.0 + f)
    half_square = 0.5 * f * f
    correction = s * (half_square + _artanh_tail(s * s)) + k * LN2_LOW
    return k * LN2_HIGH - ((half_square - correction) - f)


@inlined
def _parts(x):
    """k and f of a normal x = 2**k (1 + f) with 1 + f from half the root of 2 to the root."""
    bits = np.float64(x).view(np.int64)
    power = np.int64((bits >> FRACTION_BITS) - EXPONENT_BIAS + WHOLE_BITS).view(np.float64) - WHOLE
    m = np.int64((bits & FRACTION_MASK) | (EXPONENT_BIAS << FRACTION_BITS)).view(np.float64)
    high = m > SQRT2
    return (power + 1.0 if high else power), (m * 0.5 if high else m) - 1.0


@inlined
def _artanh_tail(z):
    """2 (z/3 + z**2/5 + ... + z**11/23), odd and even powers apart so that they overlap."""
    w = z * z
    odd = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19 + w * (2 / 23)))))
    even = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))))
    return z * odd + w * even


@compiled
def logistic(x):
    """Share 1 / (1 + exp(-x)) that a logit x stands for, in [0, 1]."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    odds = exp(x)
    return odds / (1.0 + odds)


# Wichura (1988), algorithm AS 241, PPND16: coefficients, highest power first.
CENTRE_TOP = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
CENTRE_BOTTOM = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
MIDDLE_TOP = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
MIDDLE_BOTTOM = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
FAR_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
FAR_BOTTOM = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)
CENTRE_HALF_WIDTH = 0.425
CENTRE_SQUARE = 0.180625
MIDDLE_END = 5.0
MIDDLE_ORIGIN = 1.6


@compiled
def _ratio(x, top, bottom):
    above = 0.0
    below = 0.0
    for i in range(len(top)):
        above = above * x + top[i]
        below = below * x + bottom[i]
    return above / below


@compiled
def normal_quantile(u):
    """Standard normal value that a share u of the population stays below.

    u: in (0, 1); -inf at 0, inf at 1, nan outside. Relative error about 1e-15.
    Source: Wichura (1988), algorithm AS 241, Applied Statistics 37(3), 477-484.
    """
    centred = u - 0.5
    if abs(centred) <= CENTRE_HALF_WIDTH:
        return centred * _ratio(CENTRE_SQUARE - centred * centred, CENTRE_TOP, CENTRE_BOTTOM)
    tail = _normal_tail(u if centred < 0.0 else 1.0 - u)
    return -tail if centred < 0.0 else tail


@compiled
def _normal_tail(share):
    if share == 0.0:
        return INFINITY
    depth = math.sqrt(-log(share))
    if depth <= MIDDLE_END:
        return _ratio(depth - MIDDLE_ORIGIN, MIDDLE_TOP, MIDDLE_BOTTOM)
    return _ratio(depth - MIDDLE_END, FAR_TOP, FAR_BOTTOM)
