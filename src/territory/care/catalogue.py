"""The care catalogue: levels, staff groups, activities and pathways, told once for both engines.

Every number is a `Figure`: its value with source and quality. A figure that is not known is `estimated` and then its
note gives the reasoning.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Quality = Literal["official", "osm", "estimated"]
Attendance = Literal["walk_in", "appointment", "stay"]
Hours = Literal["day", "continuous"]
AgeGroup = Literal["all", "0_4", "5_14", "15_59", "60_plus", "5_plus"]
Area = Literal["urban", "rural", "all"]
Word = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Part(BaseModel):
    """Base of every part of the catalogue: frozen, an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(Part):
    """One number with where it comes from and how good it is."""

    value: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    source: str
    quality: Quality
    note: str = ""

    @model_validator(mode="after")
    def _reasoned(self) -> Figure:
        if self.quality == "estimated" and not self.note:
            msg = "an estimated figure needs a note with its reasoning"
            raise ValueError(msg)
        return self


class Name(Part):
    """What people call it, in the languages of reports."""

    fr: str
    en: str
    ar: str


class Level(Part):
    """A level of care: which activities it may perform, and who is there round the clock.

    `visiting`: activities it may perform beside them while staff of another facility visits it.
    """

    id: Word
    name: Name
    tier: Literal["primary", "hospital", "support", "private"]
    activities: tuple[Word, ...]
    visiting: tuple[Word, ...] = ()
    continuous_staff: tuple[Word, ...] = ()


class Allowances(Part):
    """What a staff group's working time is spent on beside the acts, as the WISN method counts it.

    `available_hours_per_year` is the working time of one post after leave and absence; `category_share` the share of
    it that every member gives to support tasks; `individual_hours_per_year` the hours of tasks that fall to one member
    of the group in each facility (such as the monthly report), whatever the number of posts.
    """

    available_hours_per_year: Figure
    category_share: Figure
    individual_hours_per_year: Figure


class StaffGroup(Part):
    """A staff group: hours a year that one full-time post gives to care, and its yearly pay."""

    id: Word
    name: Name
    hours_per_year: Figure
    pay_mad_per_year: Figure
    allowances: Allowances | None = None


class Task(Part):
    """Minutes of one staff group in one act."""

    staff_group: Word
    minutes: Figure


class Remote(Part):
    """How an act is given at a distance: who presents the patient, who answers, and how much of it may be so."""

    presenting: tuple[Task, ...]
    specialist: tuple[Task, ...]
    levels: tuple[Word, ...]
    largest_share: Figure


class RoomUse(Part):
    """Minutes that one act keeps a room of one kind."""

    room: Word
    minutes: Figure


class Activity(Part):
    """An activity: who works how long on one act, beds, attendance, hours, tariff and weight of an unmet act.

    `smallest_volume`: acts a year under which a facility does not keep up the skill and the team.
    """

    id: Word
    name: Name
    attendance: Attendance
    hours: Hours
    tasks: tuple[Task, ...] = Field(min_length=1)
    bed_days: Figure | None = None
    severity: Figure
    tariff_mad: Figure
    room: RoomUse | None = None
    smallest_volume: Figure | None = None
    remote: Remote | None = None


class Room(Part):
    """A kind of room: hours a year that one of them can be in use."""

    id: Word
    name: Name
    hours_per_year: Figure


class SiteSize(Part):
    """One size of a support site: what it can do, and what it costs."""

    id: Word
    largest_units_per_year: Figure
    fixed_mad_per_year: Figure
    mad_per_unit: Figure


class SupportNeed(Part):
    """Units of a support function that one act asks for at the facility where it is given."""

    activity: Word
    units: Figure


class SupportFunction(Part):
    """A support function that sites may do for several facilities: laboratory, sterilisation, purchasing.

    `levels` may hold a site. `sizes` are told from small to large: economies of scale are a smaller `mad_per_unit` at a
    larger fixed cost. `mad_per_unit_km` is the carriage of one unit over one km, 0 where distance does not matter;
    `largest_minutes`: a site farther than this from a facility cannot serve it.
    """

    id: Word
    name: Name
    unit: Name
    needs: tuple[SupportNeed, ...] = Field(min_length=1)
    levels: tuple[Word, ...] = Field(min_length=1)
    sizes: tuple[SiteSize, ...] = Field(min_length=1)
    mad_per_unit_km: Figure
    largest_minutes: Figure | None = None


class Next(Part):
    """What may follow a step: which one, how likely, and how many days later it is asked for."""

    step: Word
    probability: Figure
    after_days: float = Field(default=0.0, ge=0, le=60)


class Step(Part):
    """One step of a pathway: an act, then at most one of the `next` steps."""

    id: Word
    activity: Word
    next: tuple[Next, ...] = ()


class Rate(Part):
    """New episodes a year per inhabitant of one area and age group."""

    area: Area
    age: AgeGroup
    per_person_per_year: Figure


class Pathway(Part):
    """A pathway: how an episode starts, and the steps it takes; the first step listed is the door."""

    id: Word
    name: Name
    priority: int = Field(default=1, ge=0, le=9)
    rates: tuple[Rate, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)


class CareSource(Part):
    """Where figures of the catalogue come from."""

    title: str
    publisher: str
    year: str
    licence: str
    attribution: str = ""


class Care(Part):
    """The whole catalogue."""

    care_id: str
    name: Name
    sources: dict[str, CareSource]
    levels: tuple[Level, ...] = Field(min_length=1)
    staff_groups: tuple[StaffGroup, ...] = Field(min_length=1)
    activities: tuple[Activity, ...] = Field(min_length=1)
    pathways: tuple[Pathway, ...] = Field(min_length=1)
    rooms: tuple[Room, ...] = ()
    support_functions: tuple[SupportFunction, ...] = ()

    def level(self, level_id: str) -> Level:
        """Return the level of that id."""
        return next(level for level in self.levels if level.id == level_id)

    def activity(self, activity_id: str) -> Activity:
        """Return the activity of that id."""
        return next(activity for activity in self.activities if activity.id == activity_id)

    def staff_group(self, group_id: str) -> StaffGroup:
        """Return the staff group of that id."""
        return next(group for group in self.staff_groups if group.id == group_id)

    def support_function(self, function_id: str) -> SupportFunction:
        """Return the support function of that id."""
        return next(function for function in self.support_functions if function.id == function_id)

    @property
    def activity_ids(self) -> list[str]:
        """Ids of the activities, in the order of the catalogue."""
        return [activity.id for activity in self.activities]

    @property
    def staff_group_ids(self) -> list[str]:
        """Ids of the staff groups, in the order of the catalogue."""
        return [group.id for group in self.staff_groups]

    @property
    def level_ids(self) -> list[str]:
        """Ids of the levels, in the order of the catalogue."""
        return [level.id for level in self.levels]
