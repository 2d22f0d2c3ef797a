"""What luck has resident p, for purpose k, the n-th time?

Every draw is a pure function of its key: nothing is stored and no order of drawing matters.
The layout of counters and the numbers of the purposes are part of the model version.
Source of the generator: Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy
as 1, 2, 3", Philox 4x32 with ten rounds.
"""

import math

import numpy as np

from sim.arithmetic import compiled, exp, inlined, log, log_of_draw, normal_quantile

PERSON = 1  # which stream belongs to a resident
ATTRIBUTES = 2  # age, sex, scheme and residence of a resident
FRAILTY = 3  # chronic illness and proneness to fall ill
TASTE = 4  # lasting likes and dislikes of kinds of facility
NEED_COUNT = 5  # how many needs arise in a block on a day
NEED = 6  # whose need it is, whether it is accepted, and its hour
SEVERITY = 7  # how severe a need is
CHOICE = 8  # what speaks for a facility this time
NEST = 9  # what speaks for a whole kind of facility this time
BOOKING = 10  # which registration number and session is taken, and whether it is kept
ARRIVAL = 11  # the minute of turning up
PATIENCE = 12  # how long somebody waits before leaving
CONSULTATION = 13  # how long a consultation takes
CARE = 14  # whether a consultation can resolve the need
TESTS = 15  # whether tests are ordered and how long they take
OUTCOME = 16  # how an episode contact ends
REFERRAL = 17  # whether a referral or advice is given and followed
STAY = 18  # how long an inpatient stays
STEP_DOWN = 19  # whether an inpatient is sent down to recover nearer home
RETURN = 20  # whether and when an unresolved patient comes back
REMOTE = 21  # whether a remote consultation resolves, and when its reply comes
STREAM_COUNT = 22  # how many background patients come in a day
STREAM = 23  # hour and kind of one background patient
SERVICE = 24  # how long one background patient is served
ROUTE = 25  # where a patient of an explicit network goes next
PLACEMENT = 26  # where a village or facility lies inside its county
COVERAGE = 27  # who is reached first when a programme covers only a part
ONLINE = 28  # who asks for a refill online, how long the answer takes, whether it settles
SURGE = 31  # who is struck when many are
PLANNED = 32  # who comes for a planned visit
FOUND = 33  # who is found ill when everybody is looked at
CALL = 34  # who calls an ambulance

FOUR = 4  # draws of a call of the generator

WORD_BITS = np.uint64(32)
WORD_MASK = np.uint64(0xFFFFFFFF)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
ROUNDS = 10

WORD_TO_UNIT = 2.0**-32

POISSON_LARGEST_MEAN = 500.0


@inlined
def _words(number):
    bits = np.int64(number).view(np.uint64)
    return np.uint32(bits & WORD_MASK), np.uint32(bits >> WORD_BITS)


@inlined
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words of a counter of four words under a key of two words.

    All arguments are 32-bit words (higher bits are dropped); returns four uint32.
    """
    c0 = np.uint64(c0) & WORD_MASK
    c1 = np.uint64(c1) & WORD_MASK
    c2 = np.uint64(c2) & WORD_MASK
    c3 = np.uint64(c3) & WORD_MASK
    k0 = np.uint64(k0) & WORD_MASK
    k1 = np.uint64(k1) & WORD_MASK
    for _ in range(ROUNDS):
        p0 = MULTIPLIER_0 * c0
        p1 = MULTIPLIER_1 * c2
        c0 = (p1 >> WORD_BITS) ^ c1 ^ k0
        c2 = (p0 >> WORD_BITS) ^ c3 ^ k1
        c1 = p1 & WORD_MASK
        c3 = p0 & WORD_MASK
        k0 = (k0 + WEYL_0) & WORD_MASK
        k1 = (k1 + WEYL_1) & WORD_MASK
    return np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)


@compiled
def key(seed, a, b, tag):
    """Key of one thing, such as a person = (place code, local slot), under one seed.

    seed, a, b: int64, every bit counts; tag: int, what kind of thing (32 bits count).
    Returns int64, any sign. Hashed, never added: neighbours and seeds share nothing.
    """
    return keyed(seed, a, b, tag)


@inlined
def keyed(seed, a, b, tag):
    """`key`, for many things in a loop, of which a processor takes several at once."""
    s0, s1 = _words(seed)
    a0, a1 = _words(a)
    b0, b1 = _words(b)
    f0, f1, f2, f3 = philox(a0, a1, _words(tag)[0], 0, s0, s1)
    h0, h1, _, _ = philox(b0, b1, f2, f3, f0, f1)
    # Signed, because a dispatcher called from Python refuses integers of 2**63 and more.
    return np.uint64((np.uint64(h1) << WORD_BITS) | np.uint64(h0)).view(np.int64)


@inlined
def uniforms(key, a, b, purpose):
    """Four independent draws from the open interval (0, 1) for one purpose of one thing.

    key: int64 of `key`; a: int64; b: int64, of which the low 32 bits count; purpose: one of the
    constants above. Each draw is (word + 1/2) 2**-32, hence never 0 nor 1.
    """
    k0, k1 = _words(key)
    a0, a1 = _words(a)
    w0, w1, w2, w3 = philox(a0, a1, _words(b)[0], _words(purpose)[0], k0, k1)
    return _unit(w0), _unit(w1), _unit(w2), _unit(w3)


@compiled
def uniform(key, a, b, purpose):
    """First of the four draws of `uniforms`."""
    return uniforms(key, a, b, purpose)[0]


@inlined
def pick(four, i):
    """The i-th of the four draws of `uniforms`, 0 the first."""
    if i < 2:
        return four[0] if i == 0 else four[1]
    return four[2] if i == 2 else four[3]


@inlined
def _unit(word):
    return (np.float64(word) + 0.5) * WORD_TO_UNIT


@compiled
def exponential(u, mean):
    """Exponential duration from a draw u in (0, 1): -mean log(u), in the unit of the mean."""
    return -mean * log(u)


@inlined
def race(u, weight):
    """When an alternative of a weight comes in, from a draw u in (0, 1): -log(u) / weight.

    Of several the first is each with a share proportional to its weight: a logit, where weights
    are exp(utility). The same as the largest of utility plus a Gumbel shock.
    """
    return -log_of_draw(u) / weight


@compiled
def lognormal(u, mean, cv):
    """Lognormal duration from a draw u in (0, 1), in the unit of the mean.

    mean: of the duration itself; cv: its standard deviation / mean [1], 0 gives the mean.
    mean exp(s z - s*s/2) with s*s = log(1 + cv*cv) and z the normal quantile of u.
    """
    return lognormal_of(u, mean, spread(cv))


@inlined
def spread(cv):
    """Variance of the logarithm of a lognormal duration with this cv, and its root."""
    variance = log(1.0 + cv * cv)
    return variance, math.sqrt(variance)


@inlined
def lognormal_of(u, mean, spread):
    """`lognormal` of several durations with one cv, whose `spread` is known."""
    return lognormal_at(normal_quantile(u), mean, spread)


@inlined
def lognormal_at(z, mean, spread):
    """A lognormal duration at a normal quantile, its `spread` known."""
    return mean * exp(spread[1] * z - 0.5 * spread[0])


@inlined
def lognormals(draws, mean, spread, number):
    """So many draws become lognormal durations, of which a processor takes eight at once."""
    for k in range(number):
        draws[k] = normal_quantile(draws[k])
    for k in range(number):
        draws[k] = lognormal_at(draws[k], mean, spread)


@compiled
def poisson(u, mean):
    """Poisson count from a draw u in (0, 1) by inversion: the least k with P(count <= k) >= u.

    mean: in [0, 500]; ValueError above or nan, so split a larger expectation into blocks.
    A 32-bit draw knows no tail beyond 2**-33, which moves the mean by less than 1e-7.
    """
    if not mean <= POISSON_LARGEST_MEAN:
        raise ValueError("a Poisson mean is at most 500: split it into blocks")
    count = 0
    probability = exp(-mean)
    below = probability
    while u > below:
        count += 1
        probability *= mean / count
        if count > mean and below + probability == below:
            break
        below += probability
    return count


@compiled
def poisson_shares(mean, cumulative):
    """Fill a row with P(count <= k), k = 0, 1, …, of a Poisson count; the last counts as 1.

    For `categorical`, where many counts of one mean are drawn. mean: in [0, 500].
    """
    probability = exp(-mean)
    below = probability
    for k in range(len(cumulative)):
        cumulative[k] = below
        probability *= mean / (k + 1)
        below += probability


@compiled
def categorical(u, cumulative):
    """Index of the class that a draw u in (0, 1) falls into.

    cumulative: float64 (n,), rising shares; the last counts as 1 whatever its rounding.
    """
    low = 0
    high = len(cumulative) - 1
    while low < high:
        middle = (low + high) >> 1
        if u < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low
