"""Weights of cases and expected stays once more, from the shipped tables with pandas."""

from functools import cache

import numpy as np
import pandas as pd

from sim import defaults, register
from sim.arithmetic import MINUTES_PER_DAY

SEVERITIES = ["mild", "moderate", "severe"]


def shipped(name):
    """A table of the register, by its first column."""
    return pd.read_csv(defaults.DATA / f"{name}.csv", index_col=0, keep_default_na=False)


@cache
def days():
    """Mean stay by condition and class, empty cells filled with the mean of the class."""
    stays = shipped("stays").replace("", np.nan).astype(float)
    return stays.fillna(stays.loc["all"]).drop(index="all")


@cache
def weights():
    """Cost of a stay where the nation's admissions go / mean over admissions."""
    kinds, capacity = shipped("kinds"), shipped("capacity")["admissions_2022"]
    price = kinds.drop_duplicates("class").set_index("class")["grade"].map(
        shipped("grades")["day_price"])
    yuan = capacity[capacity > 0] * price
    by_condition = (days() * yuan.dropna()).sum(axis=1) / capacity.sum()
    cost = pd.DataFrame(np.outer(by_condition, shipped("severities")["price"]),
                        index=days().index, columns=SEVERITIES)
    return cost / (cost * admissions()).to_numpy().sum()


@cache
def admissions():
    """Share of each condition and severity in the nation's needs for a bed."""
    conditions, people = shipped("conditions"), shipped("people")
    visits = conditions[[name for name in conditions if name.startswith("visits_")]]
    ages = visits.drop(columns="visits_per_need").astype(float).to_numpy()
    needs = ages @ people["weight"] / people["weight"].sum() / conditions["visits_per_need"]
    number = conditions[SEVERITIES].mul(needs, axis=0) * register.bed_need()
    return number / number.to_numpy().sum()


def weight_of(frame):
    """Weight of each row, none without a condition."""
    held = weights().stack().to_dict()
    pairs = zip(frame["condition"], frame["severity"], strict=True)
    return pd.Series([held.get(pair, np.nan) for pair in pairs], index=frame.index, dtype=float)


def days_in_expected(frame):
    """Days in bed of each row / those expected of its condition and kind."""
    place = {"village": "township", "clinic": "township"}  # classes that have hardly any bed
    classes = shipped("kinds")["class"].replace(place)
    expected = [
        days().at[condition, classes[kind]] if isinstance(condition, str) else np.nan
        for condition, kind in zip(frame["condition"], frame["kind"], strict=True)
    ]
    return (frame["end"] - frame["start"]) / MINUTES_PER_DAY / expected
