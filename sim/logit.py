"""Which of his alternatives does each of some people take? A nested logit, run as races.

Kinds race within their nest, the nests' winners against each other and home (`chance.race`). Within
a nest of dissimilarity s an alternative of utility V weighs exp(V / s); a nest weighs the sum of
its weights to the power s, home exp(V). Utilities beyond 700 s are not told apart, those below
-745 s are never chosen.

A decision is a chain of steps of which each waits for the one before. So some people decide
together, each in a lane of his own: every step is taken for all of them before the next, by loops
without branches over lanes, of which a processor takes several at once.
"""

from __future__ import annotations

from sim import chance
from sim.arithmetic import INFINITY, compiled, exp, inlined, log
from sim.chance import FOUR
from sim.table import Table, apart
from sim.world import Behaviour, Choice

HOME = -1
NOTHING = -1e9  # utility of what is not on offer
LARGEST = 700.0  # utility in units of a nest's dissimilarity whose weight is still finite
LINES = "value", "scale", "weight", "arrival"
NESTS = FOUR - 1  # with home they share a call of the generator


def scratch(kinds: int, people: int = 1) -> Table:
    """What so many people who decide together write down on their way, [row, lane].

    A row each for kinds, filled up to whole calls of the generator with such as offer nothing, and
    for home. What is gone through from end to end is also held as one long line.
    """
    calls = -(-kinds // FOUR)
    rows = calls * FOUR + 1
    lines = {name: apart(rows, people, kind=float) for name in LINES}
    lines["value"][kinds:], lines["scale"][:] = NOTHING, 1.0
    shocks = apart(calls + 1, FOUR, people, kind=float)
    return Table("scratch", {
        "traits": apart(people), "luck": apart(people), "when": apart(people),
        "tastes": apart(calls, FOUR, people, kind=float),
        "shocks": shocks, "shock_line": shocks.reshape(-1),
        **{f"{name}s": held for name, held in lines.items()},
        **{f"{name}_line": held.reshape(-1) for name, held in lines.items()},
        "heads": apart(NESTS, people), "sums": apart(NESTS, people, kind=float),
        "found": apart(people, kinds, 2), "goals": apart(people),
    })  # fmt: skip


@compiled
def draw(scratch):
    """All draws of everybody's decision: tastes for kinds, shocks of kinds, of home and nests."""
    traits, luck, when = scratch.traits, scratch.luck, scratch.when
    tastes, shocks = scratch.tastes, scratch.shocks
    for call in range(tastes.shape[0]):
        for lane in range(traits.shape[0]):
            four = chance.uniforms(traits[lane], call, 0, chance.TASTE)
            tastes[call, 0, lane], tastes[call, 1, lane] = four[0], four[1]
            tastes[call, 2, lane], tastes[call, 3, lane] = four[2], four[3]
    for call in range(shocks.shape[0]):
        of_kinds = call < tastes.shape[0]
        number, purpose = (call, chance.CHOICE) if of_kinds else (0, chance.NEST)
        for lane in range(luck.shape[0]):
            four = chance.uniforms(luck[lane], when[lane], number, purpose)
            shocks[call, 0, lane], shocks[call, 1, lane] = four[0], four[1]
            shocks[call, 2, lane], shocks[call, 3, lane] = four[2], four[3]


@inlined
def taste(scratch, kind, lane):
    """Somebody's lasting draw for a kind."""
    return scratch.tastes[kind >> 2, kind & 3, lane]


@inlined
def home_row(scratch):
    """The row of staying at home, after all kinds."""
    return scratch.values.shape[0] - 1


@compiled
def run(choice: Choice, behaviour: Behaviour, scratch):
    """Fill `goals`: the kind that wins its nest's race, whose nest wins that of nests and home."""
    values, scales, shocks = scratch.value_line, scratch.scale_line, scratch.shock_line
    weights, arrivals = scratch.weight_line, scratch.arrival_line
    for kind in range(choice.nest.shape[0]):
        scale = behaviour.nest_scale[choice.nest[kind]]
        for lane in range(scratch.scales.shape[1]):
            scratch.scales[kind, lane] = scale
    for k in range(weights.shape[0]):
        weights[k] = exp(min(values[k] / scales[k], LARGEST))
        arrivals[k] = chance.race(shocks[k], weights[k])
    sums, nests, last = scratch.sums, behaviour.nest_scale, scratch.shocks.shape[0] - 1
    for lane in range(sums.shape[1]):
        _gather_nests(choice, scratch, lane)
    for nest in range(NESTS):
        scale = nests[min(nest, nests.shape[0] - 1)]
        for lane in range(sums.shape[1]):
            weight = exp(scale * log(sums[nest, lane]))
            sums[nest, lane] = chance.race(scratch.shocks[last, nest + 1, lane], weight)
    for lane in range(sums.shape[1]):
        scratch.goals[lane] = _first(scratch, lane)


@inlined
def _gather_nests(choice: Choice, scratch, lane):
    """Each nest's winner and sum of weights for somebody; the kinds of a nest stand together."""
    weights, arrivals = scratch.weights, scratch.arrivals
    for nest in range(NESTS):
        scratch.heads[nest, lane], scratch.sums[nest, lane] = HOME, 0.0
    head, ahead, total = HOME, INFINITY, 0.0
    for kind in range(choice.nest.shape[0]):
        total += weights[kind, lane]
        arrives = arrivals[kind, lane]
        head = kind if arrives < ahead else head
        ahead = arrives if arrives < ahead else ahead
        if _ends_nest(choice, kind):
            nest = choice.nest[kind]
            scratch.heads[nest, lane], scratch.sums[nest, lane] = head, total
            head, ahead, total = HOME, INFINITY, 0.0


@inlined
def _ends_nest(choice: Choice, kind):
    """Whether a kind is the last of its nest."""
    return kind + 1 == choice.nest.shape[0] or choice.nest[kind + 1] != choice.nest[kind]


@inlined
def _first(scratch, lane):
    """Who of home and the nests' winners comes in first; `sums` holds when nests do."""
    goal, first = HOME, scratch.arrivals[home_row(scratch), lane]
    for nest in range(NESTS):
        arrives = scratch.sums[nest, lane]
        goal = scratch.heads[nest, lane] if arrives < first else goal
        first = arrives if arrives < first else first
    return goal
