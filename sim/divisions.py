"""Which county, prefecture or province does a name or code mean?

Sources of the tables and what they lack: sim/data/geography/README.md.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLES = Path(__file__).parent / "data" / "geography"
LEVELS = ("county", "prefecture", "province")
SUFFIXES = "县市区"
DIRECTLY_ADMINISTERED = 90  # counties without a prefecture share a prefecture code ending so
CAPITAL = 1  # the prefecture code of a provincial capital ends so
CODES_PER_PROVINCE = 100
AUTONOMOUS = "自治州"
PEOPLES = ("土家族", "藏族", "彝族")  # the first of those that an autonomous prefecture is named of
UNSPOKEN = str.maketrans("", "", " -'’")  # what may be left out of a Latin name
NEAREST_NAMES = 3


class UnknownPlace(ValueError):
    """No division, or more than one, has the name; `nearest` lists names that would do."""

    def __init__(
        self, name: str, nearest: tuple[str, ...], ambiguous: bool = False, level: str = "county"
    ) -> None:
        self.nearest = nearest
        problem = f"more than one {level} is called" if ambiguous else f"no {level} is called"
        hint = f"; use {' or '.join(nearest)}" if nearest else ""
        super().__init__(f"{problem} {name!r}{hint}")


class County(NamedTuple):
    """A county, county-level city or city district with its residents of 2020."""

    code: int
    name: str
    prefecture: str
    prefecture_code: int
    kind: str  # county, county_level_city or district
    lon: float
    lat: float
    area: float  # square kilometres
    population: int
    urban: int
    rural: int
    ages: tuple[int, ...]  # 19 bands: 0, 1-4, 5-9, ..., 80-84, 85 and over

    @property
    def province(self) -> int:
        """Code of the province."""
        return self.prefecture_code // CODES_PER_PROVINCE

    @property
    def pooling_area(self) -> int:
        """Code of the insurance pooling area: the prefecture, or the county where it has none."""
        direct = self.prefecture_code % CODES_PER_PROVINCE == DIRECTLY_ADMINISTERED
        return self.code if direct else self.prefecture_code


def province_of(pooling_area: int) -> int:
    """Code of the province of a pooling area, which is a prefecture or a county."""
    while pooling_area >= CODES_PER_PROVINCE:
        pooling_area //= CODES_PER_PROVINCE
    return pooling_area


class Division(NamedTuple):
    """A province (two digits) or prefecture (four)."""

    code: int
    name: str
    latin: str

    @property
    def short(self) -> str:
        """Its name as people say it, such as 湖南, 黄石 or 恩施."""
        if self.name.endswith(AUTONOMOUS):
            return self.name[: min(at for at in map(self.name.find, PEOPLES) if at > 0)]
        return self.name.rstrip("省市")

    @property
    def words(self) -> tuple[str, ...]:
        """Every name by which it is found."""
        state = (f"{self.short}州",) if self.name.endswith(AUTONOMOUS) else ()
        return (self.name, self.short, *state, plain(self.latin))


@cache
def counties() -> dict[int, County]:
    """All counties by code."""
    return {row.code: row for row in map(county_record, rows_of("counties.csv"))}


def county_record(row: dict[str, str]) -> County:
    """One line of the county table; rural residents are all who are not urban."""
    population, urban = int(row["population"]), int(row["urban"])
    ages = tuple(int(value) for name, value in row.items() if name.startswith("age_"))
    return County(
        int(row["county_code"]), row["name"], row["prefecture"], int(row["prefecture_code"]),
        row["kind"], float(row["lon"]), float(row["lat"]), float(row["area_km2"]),
        population, urban, population - urban, ages,
    )


@cache
def divisions() -> dict[int, Division]:
    """All provinces and prefectures by code."""
    rows = (Division(int(r["code"]), r["name"], r["latin"]) for r in rows_of("prefectures.csv"))
    return {row.code: row for row in rows}


def rows_of(name: str) -> Iterable[dict[str, str]]:
    """Rows of a shipped table by column."""
    return csv.DictReader(lines_of(name))


def lines_of(name: str) -> list[str]:
    """Lines of a shipped table, compressed or not."""
    content = (TABLES / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return content.decode("utf-8").splitlines()


def county(name_or_code: str | int) -> County:
    """The county of a name (阳新县, 阳新, 黄石市阳新县) or six-digit code (420222).

    Raises UnknownPlace with the nearest names where none or more than one fits.
    """
    text = "".join(str(name_or_code).split())
    if text.isdecimal() and int(text) in counties():
        return counties()[int(text)]
    for names in name_levels():
        found = names.get(text, ())
        if len(found) == 1:
            return counties()[found[0]]
        if found:
            raise UnknownPlace(text, tuple(map(full_name, found)), ambiguous=True)
    raise UnknownPlace(text, nearest_names(text))


def prefecture(name_or_code: str | int) -> Division:
    """The prefecture of a name (黄石市, 黄石, Huangshi) or four-digit code (4202).

    Raises UnknownPlace with the nearest names.
    """
    rows = {code: row for code, row in divisions().items() if code >= CODES_PER_PROVINCE}
    return division(str(name_or_code), rows, "prefecture")


def province(name_or_code: str | int) -> Division:
    """The province of a name (湖南省, 湖南, Hunan) or two-digit code (43).

    Raises UnknownPlace with the nearest names.
    """
    rows = {code: row for code, row in divisions().items() if code < CODES_PER_PROVINCE}
    return division(str(name_or_code), rows, "province")


def find(level: str, name_or_code: str | int) -> County | Division:
    """The county, prefecture or province of a name or code. Raises UnknownPlace."""
    if level == "county":
        return county(name_or_code)
    return prefecture(name_or_code) if level == "prefecture" else province(name_or_code)


def division(text: str, rows: Mapping[int, Division], level: str) -> Division:
    """The one of some divisions that has the code or name."""
    if text.isdecimal() and int(text) in rows:
        return rows[int(text)]
    for row in rows.values():
        if plain(text) in row.words:
            return row
    if text.isdecimal():
        near = sorted(rows, key=lambda code: abs(code - int(text)))[:NEAREST_NAMES]
        raise UnknownPlace(text, tuple(f"{c} {rows[c].name}" for c in near), level=level)
    said = {word: word for row in rows.values() for word in row.words}
    said |= {plain(row.latin): row.latin for row in rows.values()}
    close = get_close_matches(plain(text), said, NEAREST_NAMES, cutoff=0.4)
    raise UnknownPlace(text, tuple(said[word] for word in close), level=level)


def plain(text: str) -> str:
    """A name in small letters without spaces, hyphens and apostrophes."""
    return text.translate(UNSPOKEN).casefold()


def counties_of(code: int) -> tuple[County, ...]:
    """The counties of a province or prefecture by code, in the order of their codes."""
    rows = (counties()[each] for each in sorted(counties()))
    return tuple(row for row in rows if code in (row.province, row.prefecture_code))


@cache
def name_levels() -> tuple[dict[str, list[int]], ...]:
    """Codes by official names, then by names without their suffix."""
    official, short = defaultdict(list), defaultdict(list)
    for code, row in counties().items():
        stem, area = row.name.rstrip(SUFFIXES), row.prefecture.removesuffix("市")
        for text in (row.name, full_name(code), area + row.name):
            official[text].append(code)
        for text in {stem, row.prefecture + stem, area + stem} - {""}:
            short[text].append(code)
    return dict(official), dict(short)


def full_name(code: int) -> str:
    """Prefecture and name of a county, e.g. 沈阳市铁西区."""
    return counties()[code].prefecture + counties()[code].name


def nearest_names(text: str) -> tuple[str, ...]:
    """Names of counties most like a text; for a code, the counties with the nearest codes."""
    if text.isdecimal():
        near = sorted(counties(), key=lambda code: abs(code - int(text)))[:NEAREST_NAMES]
        return tuple(f"{code} {counties()[code].name}" for code in near)
    names = [name for names in name_levels() for name in names]
    return tuple(get_close_matches(text, names, NEAREST_NAMES, cutoff=0.1))
