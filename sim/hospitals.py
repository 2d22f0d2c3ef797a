"""Which hospitals serve more than one county: whole, or as a slice of something outside?

The world of a county has slices of the municipal hospitals of its prefecture and of the hub of its
province: the county's own share of their capacity. A prefecture has its municipal hospitals whole
and the hub as a slice; a province has everything whole. As many hospitals share a capacity as it
holds hospitals of the size of an average tertiary one (domain.md 4.2, 4.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from sim import register
from sim.capacity import Amounts, Residents, capacity, national, residents_of
from sim.distance import kilometres
from sim.divisions import CAPITAL, CODES_PER_PROVINCE, County, counties, divisions
from sim.facilities import NAME_OF_KIND, OUTSIDE, Unit, own_units, stable_code
from sim.places import Settlement

COUNTY_SCALE = 1_000_000  # from a county's code to those of its committees
HUB_KINDS = ("hub_general", "children_hospital")


def units_of(home: Settlement) -> tuple[Unit, ...]:
    """All institutions that a county's residents may use, lowest kinds first."""
    return (*own_units(home), *slices(home.county))


def slices(county: County) -> Iterator[Unit]:
    """The county's share of the municipal hospitals of its prefecture and of the hub."""
    here, seat = residents_of([county]), municipal_seat(county)
    own = register.value("slice_own_load_municipal")
    amounts = capacity("municipal_general", here)
    number = municipal_units(amounts.duty)
    for serial in range(number):
        part = amounts.times(1.0 / number)
        yield outside("municipal_general", seat, serial, part, seat.prefecture)._replace(
            own=own, sliced=True)
    yield from hub_slices(capital(county.province), here)


def hub_slices(seat: County, here: Residents) -> Iterator[Unit]:
    """The residents' share of the hub and of the children's hospital."""
    own = register.value("slice_own_load_hub")
    for kind in HUB_KINDS:
        unit = outside(kind, seat, 0, capacity(kind, here), province_name(seat))
        yield unit._replace(own=own, sliced=True)


def municipal_units(duty: float) -> int:
    """Municipal hospitals told apart: as many as keep departments twice the smallest size."""
    least = register.value("slice_doctors_least")
    rooms = len(register.department_shares("municipal_general"))
    most = int(register.value("slice_units_most"))
    each = register.value("slice_units_room") * least * rooms
    return min(max(int(duty / each), 1), most)


@cache
def municipal_seat(county: County) -> County:
    """Where the municipal hospitals of a county stand: the densest part of its pooling area."""
    return densest(area_rows(county.pooling_area))[0]


@cache
def capital(province: int) -> County:
    """Where the hub of a province stands: the densest part of its capital."""
    return densest(capital_rows(province))[0]


def capital_rows(province: int) -> list[County]:
    """Counties of the capital of a province."""
    code = province * CODES_PER_PROVINCE + CAPITAL
    return [row for row in counties().values() if row.prefecture_code == code]


def area_rows(area: int) -> list[County]:
    """Counties of a pooling area."""
    return [row for row in counties().values() if row.pooling_area == area]


def densest(rows: list[County]) -> list[County]:
    """City districts, or else the densest county; most urban residents per square km first."""
    districts = [row for row in rows if row.kind == "district"]
    found = sorted(districts or rows, key=lambda row: (-row.urban / row.area, row.code))
    return found if districts else found[:1]


def wide_units(rows: Sequence[County], whole_hubs: bool) -> tuple[Unit, ...]:
    """Municipal hospitals of every pooling area of some counties, then the hubs.

    The hubs are whole where all counties of a province are given, else the residents' share.
    """
    index = {row.code: at for at, row in enumerate(rows)}
    units = wide_kinds(rows, whole_hubs)
    return tuple(
        unit._replace(seat=index.get(unit.site // COUNTY_SCALE, OUTSIDE)) for unit in units
    )


def wide_kinds(rows: Sequence[County], whole_hubs: bool) -> tuple[Unit, ...]:
    """The same without the index of the county where each stands."""
    municipal = [unit for area, served in service_areas(rows).items()
                 for unit in municipal_hospitals(area, served)]  # fmt: skip
    here, province = residents_of(rows), rows[0].province
    if not whole_hubs:
        return (*municipal, *hub_slices(capital(province), here))
    general, children = (capacity(kind, here) for kind in HUB_KINDS)
    seats, name = densest(capital_rows(province)), province_name(rows[0])
    hubs = hospitals("hub_general", seats, hospitals_in(general), general, name)
    return (*municipal, *hubs, *hospitals("children_hospital", seats, 1, children, name))


def pooled_units(rows: Sequence[County]) -> tuple[Unit, ...]:
    """Hospitals beyond the county that counties of a sample use, whole and of their size.

    Municipal ones for the sampled counties of each pooling area, hubs for those of each province,
    where the real ones stand; those whom they send down go to the first of these counties.
    """
    areas = groups_by(rows, [row.pooling_area for row in rows])
    municipal = [
        unit._replace(seat=rows.index(served[0]))
        for area, served in areas.items() for unit in municipal_hospitals(area, served)
    ]  # fmt: skip
    parts = groups_by(rows, [row.province for row in rows])
    hubs = [
        unit._replace(seat=rows.index(served[0]))
        for kind in HUB_KINDS for served in parts.values() for unit in pooled_hub(kind, served)
    ]  # fmt: skip
    return (*municipal, *hubs)


def pooled_hub(kind: str, served: Sequence[County]) -> Iterator[Unit]:
    """One hub of some counties of a province."""
    seats, name = densest(capital_rows(served[0].province)), province_name(served[0])
    yield from hospitals(kind, seats, 1, capacity(kind, residents_of(served)), name)


def groups_by(rows: Sequence[County], labels: Sequence[int]) -> dict[int, list[County]]:
    """Counties by label, labels in order."""
    found: dict[int, list[County]] = {}
    for row, label in sorted(zip(rows, labels, strict=True), key=lambda pair: pair[1]):
        found.setdefault(label, []).append(row)
    return found


def service_areas(rows: Sequence[County]) -> dict[int, list[County]]:
    """Pooling areas with hospitals of their own, and the counties that these serve.

    Where residents would fill less than half a hospital, their share goes to the area whose seat
    is nearest to theirs, if there is one.
    """
    areas: dict[int, list[County]] = {}
    for row in rows:
        areas.setdefault(row.pooling_area, []).append(row)
    alone = {area for area, served in areas.items() if not hospitals_in(municipal_amounts(served))}
    kept = {area: list(served) for area, served in areas.items() if area not in alone}
    for area in sorted(alone):
        target = nearest_area(area, [*kept]) if kept else area
        kept.setdefault(target, []).extend(areas[area])
    return dict(sorted(kept.items()))


def nearest_area(area: int, others: Sequence[int]) -> int:
    """The area whose seat is nearest to that of an area."""
    here, *seats = (municipal_seat(area_rows(each)[0]) for each in (area, *others))
    apart = [float(kilometres(here.lon, here.lat, seat.lon, seat.lat)) for seat in seats]
    return others[apart.index(min(apart))]


def municipal_amounts(rows: Sequence[County]) -> Amounts:
    """What the municipal hospitals of some counties have."""
    return capacity("municipal_general", residents_of(rows))


def municipal_hospitals(area: int, served: Sequence[County]) -> Iterator[Unit]:
    """The municipal hospitals of a pooling area, one at least."""
    amounts, rows = municipal_amounts(served), area_rows(area)
    name = rows[0].name if area == rows[0].code else rows[0].prefecture
    number = max(hospitals_in(amounts), 1)
    yield from hospitals("municipal_general", densest(rows), number, amounts, name)


def hospitals_in(amounts: Amounts) -> int:
    """Tertiary hospitals of average size that an amount of physicians makes."""
    average = national("tertiary")
    return round(amounts.physicians * average.units / average.physicians)


def hospitals(
    kind: str, seats: Sequence[County], number: int, amounts: Amounts, name: str
) -> Iterator[Unit]:
    """Whole hospitals that share an amount evenly.

    The first stands in the first seat; each further one where most urban residents share one.
    """
    standing = dict.fromkeys((seat.code for seat in seats), 0)
    part = amounts.times(1.0 / number)
    for serial in range(number):
        seat = max(seats, key=lambda s: s.urban / (standing[s.code] + 1)) if serial else seats[0]
        unit = outside(kind, seat, standing[seat.code], part, name)
        standing[seat.code] += 1
        yield unit._replace(name=name + NAME_OF_KIND[kind] + (str(serial + 1) if serial else ""))


def outside(kind: str, seat: County, serial: int, amounts: Amounts, name: str) -> Unit:
    """A hospital of no county, standing at the inner point of one; serial by seat."""
    number = str(serial + 1) if serial else ""
    return Unit(
        stable_code(seat.code * COUNTY_SCALE, kind, serial), name + NAME_OF_KIND[kind] + number,
        kind, register.KIND[kind].grade, OUTSIDE, seat.pooling_area, -1, seat.lon, seat.lat,
        amounts,
    )


def province_name(county: County) -> str:
    """Name of the province of a county."""
    return divisions()[county.province].name
