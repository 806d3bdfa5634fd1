"""Read a care catalogue from a YAML file, and list its figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from territory.care.catalogue import Activity, Care, Figure, StaffGroup, SupportFunction
from territory.care.checks import check_catalogue
from territory.errors import CareError, Faults, nearest
from territory.yaml_files import model_from, read_yaml

_SHIPPED = Path(__file__).parent / "shipped"
_IN_CLONE = Path(__file__).parents[3] / "scenarios" / "care"


def find_care(name_or_path: str | Path) -> Path:
    """Return the file of a catalogue given by its path, or by the name of one that comes with the package.

    Raises
    ------
    CareError
        When there is no such file.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return path
    for folder in (_SHIPPED, _IN_CLONE):
        shipped = folder / f"{name_or_path}.yaml"
        if shipped.is_file():
            return shipped
    known = [file.stem for folder in (_SHIPPED, _IN_CLONE) if folder.is_dir() for file in folder.glob("*.yaml")]
    faults = Faults(CareError)
    faults.add(
        "care",
        f"'{name_or_path}'",
        "a .yaml file or the name of a shipped catalogue",
        nearest(str(name_or_path), known),
    )
    raise CareError(faults.found)


def read_care(name_or_path: str | Path) -> Care:
    """Read a care catalogue and check that its parts meet.

    Parameters
    ----------
    name_or_path
        Path of a YAML file, or the name of a shipped catalogue (``morocco``).

    Raises
    ------
    CareError
        With every fault: unknown keys, ids used but not declared, probabilities beyond one, hours that do not agree.
    """
    path = find_care(name_or_path)
    care = model_from(Care, read_yaml(path, CareError), path.name, CareError)
    faults = Faults(CareError)
    check_catalogue(care, path.name, faults)
    _check_sources(care, path.name, faults)
    faults.raise_if_any()
    return care


def _check_sources(care: Care, file: str, faults: Faults) -> None:
    for where, figure in figures(care):
        if figure.source not in care.sources:
            faults.add(
                f"{file}, {where}.source",
                f"'{figure.source}'",
                "a key of sources",
                nearest(figure.source, care.sources),
            )


def figures(care: Care) -> list[tuple[str, Figure]]:
    """Return every figure of the catalogue with the place where it stands."""
    found: list[tuple[str, Figure]] = []
    for group in care.staff_groups:
        found.extend(_of_staff_group(group))
    for activity in care.activities:
        found.extend(_of_activity(activity))
    found.extend((f"rooms.{room.id}.hours_per_year", room.hours_per_year) for room in care.rooms)
    for function in care.support_functions:
        found.extend(_of_support_function(function))
    for pathway in care.pathways:
        where = f"pathways.{pathway.id}"
        found.extend((f"{where}.rates.{rate.area}.{rate.age}", rate.per_person_per_year) for rate in pathway.rates)
        for step in pathway.steps:
            found.extend((f"{where}.steps.{step.id}.next.{onward.step}", onward.probability) for onward in step.next)
    return found


def _of_staff_group(group: StaffGroup) -> Iterator[tuple[str, Figure]]:
    where = f"staff_groups.{group.id}"
    yield f"{where}.hours_per_year", group.hours_per_year
    yield f"{where}.pay_mad_per_year", group.pay_mad_per_year
    if group.allowances:
        for part in type(group.allowances).model_fields:
            yield f"{where}.allowances.{part}", getattr(group.allowances, part)


def _of_activity(activity: Activity) -> Iterator[tuple[str, Figure]]:
    where = f"activities.{activity.id}"
    for task in activity.tasks:
        yield f"{where}.tasks.{task.staff_group}", task.minutes
    yield f"{where}.severity", activity.severity
    yield f"{where}.tariff_mad", activity.tariff_mad
    if activity.bed_days:
        yield f"{where}.bed_days", activity.bed_days
    if activity.room:
        yield f"{where}.room.minutes", activity.room.minutes
    if activity.smallest_volume:
        yield f"{where}.smallest_volume", activity.smallest_volume
    if activity.remote:
        for task in (*activity.remote.presenting, *activity.remote.specialist):
            yield f"{where}.remote.{task.staff_group}", task.minutes
        yield f"{where}.remote.largest_share", activity.remote.largest_share


def _of_support_function(function: SupportFunction) -> Iterator[tuple[str, Figure]]:
    where = f"support_functions.{function.id}"
    for need in function.needs:
        yield f"{where}.needs.{need.activity}", need.units
    for size in function.sizes:
        for part in ("largest_units_per_year", "fixed_mad_per_year", "mad_per_unit"):
            yield f"{where}.sizes.{size.id}.{part}", getattr(size, part)
    yield f"{where}.mad_per_unit_km", function.mad_per_unit_km
    if function.largest_minutes:
        yield f"{where}.largest_minutes", function.largest_minutes
