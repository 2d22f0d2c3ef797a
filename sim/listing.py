"""Which words does a scenario file know, and of which type is each?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from sim.arithmetic import MINUTES_PER_DAY
from sim.world import HOURS, SESSIONS, SEVERITIES

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAY_NAMES: tuple[Weekday, ...] = get_args(Weekday)
VisitClass = Literal["urgent", "returning", "referred", "ordinary"]
Family = Literal["exponential", "constant", "lognormal"]
Tier = Literal["village", "township", "county", "municipal", "hub"]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
SEVERITY_SHARES = len(SEVERITIES)
REGIONS = ("county", "prefecture", "province", "nation")
LEAST_NATION, MOST_NATION = 1_000_000, 50_000_000  # residents of a sample of the nation
MOST = 1_000_000  # of anything that is counted at one facility
Whole = Annotated[int, Field(ge=0, le=MOST)]


class Asked(BaseModel):
    """Part of a scenario file: frozen, no unknown key, no silent conversion."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False
    )


def _minutes_of_day(text: object) -> object:
    hour, colon, minute = str(text).partition(":")
    if not (colon and hour.isdigit() and len(minute) == 2 and minute.isdigit()):
        raise ValueError(f'a time of day such as "08:00" expected, not {text!r}')
    total = 60 * int(hour) + int(minute)
    if int(minute) >= 60 or total > MINUTES_PER_DAY:
        raise ValueError(f"{text} is no time of day")
    return str(text)


_Clock = Annotated[str, Field(pattern=r"^(\d|[01]\d|2[0-3]):[0-5]\d$|^24:00$")]
TimeOfDay = Annotated[str, BeforeValidator(_minutes_of_day, json_schema_input_type=_Clock)]


class Session(Asked):
    """A department's session: opening and closing time of day."""

    from_: TimeOfDay = Field(alias="from", description="opening, such as 08:00")
    to: TimeOfDay = Field(description="closing, such as 12:00")
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        WEEKDAY_NAMES, description="days on which it is held"
    )


def _sessions(value: object) -> object:
    """`always` gives no session; one session may stand without a list."""
    if value == "always":
        return ()
    return (value,) if isinstance(value, dict | Session) else value


Sessions = Annotated[tuple[Session, ...], Field(max_length=SESSIONS)]
Opening = Literal["always"] | Session | Sessions


class Service(Asked):
    """How long one service takes."""

    family: Family = Field(description="distribution of durations")
    mean_minutes: Positive = Field(description="mean duration [minutes]")
    cv: Positive = Field(1.0, description="standard deviation / mean, for lognormal [1]")


class Stay(Asked):
    """How long one inpatient stay takes."""

    family: Family = Field(description="distribution of durations")
    mean_days: Positive = Field(description="mean stay [days]")
    cv: Positive = Field(1.0, description="standard deviation / mean, for lognormal [1]")


class Patience(Asked):
    """How long patients wait before leaving unseen."""

    family: Family = Field("exponential", description="distribution of patience")
    mean_minutes: Positive = Field(description="mean patience [minutes]")
    cv: Positive = Field(1.0, description="standard deviation / mean, for lognormal [1]")


class Department(Asked):
    """A queue with its servers."""

    name: str = Field(
        "general", min_length=1, description="name; that of a specialty gives the specialty"
    )
    servers: Whole = Field(1, description="servers (doctors) in every session [persons]")
    open: Annotated[Sessions, BeforeValidator(_sessions, json_schema_input_type=Opening)] = Field(
        (), description="`always` or at most two sessions"
    )
    service: Service = Field(description="duration of one service")
    room: Whole | None = Field(None, description="waiting places, endless if not given")
    patience: Patience | None = Field(None, description="endless if not given")
    admit: Share = Field(0.0, description="share who ask for a bed after service [1]")


class Facility(Asked):
    """An institution of an explicit world."""

    name: str = Field(min_length=1, description="name, unique")
    tier: Tier = Field("village", description="village, township, county, municipal or hub")
    kind: str | None = Field(None, description="kind; the usual one of the tier if not given")
    rank: Whole | None = Field(None, description="order within a day; by the tier if not given")
    beds: Whole = Field(0, description="open beds [beds]")
    stay: Stay | None = Field(None, description="length of stay")
    departments: tuple[Department, ...] = Field(min_length=1, description="its queues")


def _by_hour(value: object) -> object:
    if not isinstance(value, int | float | list | tuple):
        raise ValueError(f"one rate or {HOURS} expected, not {value!r}")
    return (value,) * HOURS if isinstance(value, int | float) else value


def _if_even(rates: tuple[float, ...]) -> float | tuple[float, ...]:
    """One rate where all hours have the same, as it may be written in the file."""
    return rates[0] if len(set(rates)) == 1 else rates


def _text_of_code(value: object) -> object:
    return str(value) if type(value) is int else value


def _real_date(value: object) -> object:
    if type(value) is not date:
        raise ValueError(f"a date that exists, such as 2022-03-07, expected, not {value!r}")
    return value


def _real_day(value: object) -> object:
    return value if value is None or type(value) is int else _real_date(value)


Date = Annotated[date, BeforeValidator(_real_date)]
Day = Annotated[int | date, BeforeValidator(_real_day)]


Rate = Annotated[float, Field(ge=0)]
Rates = Annotated[tuple[Rate, ...], Field(min_length=HOURS, max_length=HOURS)]


class Arrival(Asked):
    """Poisson arrivals at a department."""

    to: str = Field(description="facility.department")
    per_hour: Annotated[
        Rates,
        BeforeValidator(_by_hour, json_schema_input_type=Rate | Rates),
        PlainSerializer(_if_even),
    ] = Field(description="one rate or 24 [1/hour]")
    weekdays: dict[Weekday, Rate] = Field(
        default_factory=dict, description="factor by weekday, 1 if not given [1]"
    )
    class_: VisitClass = Field("ordinary", alias="class", description="class in the queue")


class Route(Asked):
    """Where a share of those served in one department goes next."""

    from_: str = Field(alias="from", description="facility.department left")
    to: str = Field(description="facility.department entered")
    probability: Share = Field(description="share of those served [1]")
    after_minutes: float = Field(0.0, ge=0, description="time until arrival [minutes]")
    class_: VisitClass = Field("ordinary", alias="class", description="class on arrival")


class Listed(Asked):
    """A world listed in the scenario file."""

    facilities: tuple[Facility, ...] = Field(min_length=1, description="institutions")
    arrivals: tuple[Arrival, ...] = Field((), description="given demand")
    routes: tuple[Route, ...] = Field((), description="where patients go next")


Region = Annotated[str, BeforeValidator(_text_of_code, json_schema_input_type=str | int)] | None


class WorldAsked(Asked):
    """Which world: a region of the shipped geography, or facilities listed here."""

    county: Region = Field(None, description="name or six-digit code of a county")
    prefecture: Region = Field(None, description="name or four-digit code of a prefecture")
    province: Region = Field(None, description="name or two-digit code of a province")
    nation: Annotated[int, Field(ge=LEAST_NATION, le=MOST_NATION)] | None = Field(
        None, description="a sample of counties that stands for the nation [residents at least]"
    )
    facilities: tuple[Facility, ...] = Field((), description="institutions")
    arrivals: tuple[Arrival, ...] = Field((), description="given demand")
    routes: tuple[Route, ...] = Field((), description="where patients go next")

    @property
    def region(self) -> tuple[str, str] | None:
        """Level and name of the region asked for; none where facilities are listed."""
        given = ((level, getattr(self, level)) for level in REGIONS)
        return next(((level, str(name)) for level, name in given if name is not None), None)


class Surge(Asked):
    """What strikes many at once, on top of everyday needs: an epidemic wave, an accident."""

    name: str = Field("", description="what it is called; keys its luck")
    condition: str = Field(description="condition of those struck, such as infectious_surge")
    place: str = Field("", description="county, township or village; all of the world if not given")
    from_: Date = Field(alias="from", description="day of the first")
    at: TimeOfDay = Field("00:00", description="time of day of the first, such as 14:30")
    hours: Annotated[float, Field(gt=0, le=MOST)] = Field(description="from first to last [hours]")
    peak: Share = Field(0.5, description="when most are struck, as a share of that time [1]")
    needs: Annotated[float, Field(gt=0, le=MOST * 100)] = Field(
        description="how many are struck, about [persons]"
    )
    severity: Annotated[tuple[Share, ...], Field(max_length=SEVERITY_SHARES)] = Field(
        (), description="shares of mild, moderate and severe; those of the condition if not given"
    )


class PolicyUse(BaseModel):
    """One policy at one dose: its dates here, its parameters beside them."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, populate_by_name=True)

    name: str = Field(description="file name of the policy without .py")
    from_: Day | None = Field(None, alias="from", description="first day; the first measured day")
    until: Day | None = Field(None, description="first day without it")
    waves: tuple[dict[str, Any], ...] = Field(
        (), description="later doses: each its `from` and the parameters that change"
    )

    @property
    def parameters(self) -> dict[str, Any]:
        """The policy's own parameters as given."""
        return dict(self.model_extra or {})
