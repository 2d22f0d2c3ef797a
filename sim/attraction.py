"""How strongly do facilities attract the residents of a place?"""

import numpy as np

from sim.arithmetic import entry, exp


@entry
def pull(minutes, scale):
    """exp(-minutes / scale) of a table (place, candidate)."""
    found = np.empty_like(minutes)
    for row in range(minutes.shape[0]):
        for column in range(minutes.shape[1]):
            found[row, column] = exp(-minutes[row, column] / scale)
    return found


@entry
def balanced(pulls, people, size, rounds):
    """Weights (place, hospital) with which every hospital attracts people by its size.

    The doubly constrained gravity model: size x pull x a factor of the hospital, found by turns in
    so many rounds. Whoever lives anywhere goes to one of the hospitals. pulls: (place, hospital).
    """
    places, hospitals = pulls.shape
    factor, attracted = np.ones(hospitals), np.empty(hospitals)
    everyone, all_sizes = people.sum(), size.sum()
    for _ in range(rounds):
        attracted[:] = 0.0
        for row in range(places):
            total = 0.0
            for column in range(hospitals):
                total += size[column] * factor[column] * pulls[row, column]
            for column in range(hospitals):
                weight = size[column] * factor[column] * pulls[row, column]
                attracted[column] += people[row] * weight / total
        for column in range(hospitals):
            wanted = everyone * size[column] / all_sizes
            factor[column] *= wanted / attracted[column]
    found = np.empty_like(pulls)
    for row in range(places):
        for column in range(hospitals):
            found[row, column] = size[column] * factor[column] * pulls[row, column]
    return found
