"""What is there? A territory's files -> `Region`, with every fault of them told at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from territory.errors import Fault, Faults, GeodataError, nearest
from territory.geodata.head import Head
from territory.geodata.holdings import HEAD_FILE, open_holding
from territory.geodata.positions import metric_crs_fault, outside_faults, rings, with_degrees, with_metres
from territory.geodata.sheets import PARTS, Holding, Sheet
from territory.tables import ROOM_ROWS, Region
from territory.yaml_files import model_from

_SHIPPED = Path(__file__).parent / "shipped"
_IN_CLONE = Path(__file__).parents[3] / "geodata"
_FILE_SUFFIXES = (".xlsx", ".gpkg")
_POINTS = (("zones", "zone_id"), ("facilities", "facility_id"), ("road_nodes", "node_id"))
_MONTHS = {str(month) for month in range(1, 13)}
_MOST_TOLD = 5
_ROUNDING = 1e-6


def is_territory_file(path: Path) -> bool:
    """Return whether a path is that of a file that may hold a whole territory."""
    return path.suffix.lower() in _FILE_SUFFIXES and path.is_file()


def find_region(name_or_path: str | Path) -> Path:
    """Return the folder or file of a territory given by its path, or by the name of one that comes with the package.

    Raises
    ------
    GeodataError
        When there is none.
    """
    path = Path(name_or_path)
    if is_territory_file(path):
        return path
    for folder in (path, _SHIPPED / str(name_or_path), _IN_CLONE / str(name_or_path)):
        if (folder / HEAD_FILE).is_file():
            return folder
    if path.is_dir():
        found = f"a folder without {HEAD_FILE}"
        raise GeodataError(Fault(f"{path}", found, "the folder of a territory", "`territory new` writes an empty one."))
    known = sorted({file.parent.name for root in (_SHIPPED, _IN_CLONE) for file in root.glob(f"*/{HEAD_FILE}")})
    hint = nearest(str(name_or_path), known)
    expected = f"the folder of a territory, its file ({', '.join(_FILE_SUFFIXES)}), or the name of a shipped one"
    raise GeodataError(Fault("territory", f"'{name_or_path}'", expected, hint))


def read_region(name_or_path: str | Path) -> Region:
    """Read a territory: its zones, facilities, posts today and roads.

    Parameters
    ----------
    name_or_path
        One of

        * a folder with ``territory.yaml`` and, for each of zones, facilities, posts, road_nodes, roads and, where they
          are known, rooms, one file: ``.csv``, ``.gpkg``, ``.geojson`` or ``.shp``; outlines of provinces, where they
          are known, as ``provinces.geojson``, ``.gpkg`` or ``.shp``;
        * a workbook ``.xlsx`` with a sheet for each of them, and the sheets territory, provinces and sources;
        * a GeoPackage ``.gpkg`` with a layer or table for each;
        * the name of a shipped territory (``fes-meknes``).

    Raises
    ------
    GeodataError
        With every fault: files, columns, values, coordinate systems, ids that do not meet, points outside.
    """
    faults = Faults(GeodataError)
    holding = open_holding(find_region(name_or_path), faults)
    head = _head(holding, faults)
    sheets: dict[str, Sheet] = {}
    for name in PARTS:
        if name not in holding.sheets:
            continue
        sheet = holding.sheets[name]
        checked, found = (sheet if head is None else with_degrees(sheet, head.metric_crs)).checked(PARTS[name].schema)
        faults.extend(found)
        if checked is not None:
            sheets[name] = checked
    _check_meetings(sheets, faults)
    if head is not None:
        _check_head(head, holding, sheets, faults)
    faults.raise_if_any()
    assert head is not None  # its faults were raised
    tables = {name: sheet.frame for name, sheet in sheets.items()}
    return Region(
        region_id=head.territory_id,
        name=head.name,
        languages=tuple(head.languages),
        metric_crs=head.metric_crs,
        zones=with_metres(tables["zones"], head.metric_crs),
        facilities=with_metres(tables["facilities"], head.metric_crs),
        posts=tables["posts"],
        road_nodes=with_metres(tables["road_nodes"], head.metric_crs),
        roads=tables["roads"],
        rooms=tables.get("rooms", ROOM_ROWS.empty()),
        provinces=head.province_names,
        outlines=rings(holding.outlines) if holding.outlines is not None else {},
        sources=head.source_list,
    )


def _head(holding: Holding, faults: Faults) -> Head | None:
    """Return the head of a territory, or None and what is wrong with it."""
    if holding.head is None:
        return None  # why was told when it was read
    try:
        head = model_from(Head, holding.head, holding.head_name, GeodataError)
    except GeodataError as problem:
        faults.extend(problem.faults)
        return None
    wrong = metric_crs_fault(head.metric_crs, holding.head_name)
    faults.extend([wrong] if wrong else [])
    return None if wrong else head


def _check_head(head: Head, holding: Holding, sheets: dict[str, Sheet], faults: Faults) -> None:
    """Check that sources and provinces are told in the head, and that points lie in the territory."""
    for name, sheet in sheets.items():
        keys = [source.key for source in head.sources]
        _unknown(sheet, "source", keys, f"a key of sources in {holding.head_name}", faults)
        if name in ("zones", "facilities"):
            _unknown(sheet, "province", list(head.province_names), f"a province of {holding.head_name}", faults)
    for name, id_column in _POINTS:
        if name in sheets:
            faults.extend(outside_faults(sheets[name], id_column, holding.outlines, head.metric_crs))


def _check_meetings(sheets: dict[str, Sheet], faults: Faults) -> None:
    """Check that ids in one table stand in the table they point to, and that figures of a row agree."""
    _meet(sheets, "facilities", "zone_id", "zones", "zone_id", faults)
    _meet(sheets, "posts", "facility_id", "facilities", "facility_id", faults)
    _meet(sheets, "rooms", "facility_id", "facilities", "facility_id", faults)
    _meet(sheets, "roads", "from_node", "road_nodes", "node_id", faults)
    _meet(sheets, "roads", "to_node", "road_nodes", "node_id", faults)
    if "roads" in sheets:
        _check_months(sheets["roads"], faults)
        _check_ends(sheets["roads"], faults)
    if "zones" in sheets:
        _check_people(sheets["zones"], faults)


def _check_people(sheet: Sheet, faults: Faults) -> None:
    zones = sheet.frame
    for position in zones.index[zones["urban_persons"] > zones["population_persons"]][:_MOST_TOLD]:
        row = zones.loc[position]
        found = f"{row['urban_persons']} of {row['population_persons']} inhabitants"
        faults.add(f"{sheet.row(position)}, column urban_persons", found, "no more than the inhabitants")
    ages = zones[["share_age_0_4", "share_age_5_14", "share_age_60_plus"]].sum(axis=1)
    for position in zones.index[ages > 1 + _ROUNDING][:_MOST_TOLD]:
        where = f"{sheet.row(position)}, columns share_age_..."
        faults.add(where, f"age shares that sum to {ages[position]:g}", "at most 1")


def _check_months(sheet: Sheet, faults: Faults) -> None:
    for position, words in sheet.frame["closed_months"].dropna().str.split().items():
        wrong = [word for word in words if word not in _MONTHS]
        if wrong:
            where = f"{sheet.row(int(str(position)))}, column closed_months"
            faults.add(where, f"'{wrong[0]}'", "months, 1 to 12, parted by spaces")


def _check_ends(sheet: Sheet, faults: Faults) -> None:
    roads = sheet.frame
    for position in roads.index[roads["from_node"] == roads["to_node"]][:_MOST_TOLD]:
        found = f"'{roads['from_node'][position]}', where the link begins too"
        faults.add(f"{sheet.row(position)}, column to_node", found, "another node", "Correct it or remove the row.")


def _meet(sheets: dict[str, Sheet], part: str, column: str, other: str, other_column: str, faults: Faults) -> None:
    if part in sheets and other in sheets:
        known = sheets[other].frame[other_column].tolist()
        _unknown(sheets[part], column, known, f"an id of {sheets[other].name}", faults)


def _unknown(sheet: Sheet, column: str, known: list[str], expected: str, faults: Faults) -> None:
    values = sheet.frame[column]
    missing = np.flatnonzero(~values.isin(known).to_numpy())
    for position in missing[:_MOST_TOLD]:
        word = str(values.iloc[position])
        faults.add(f"{sheet.row(position)}, column {column}", f"'{word}'", expected, nearest(word, known))
    if len(missing) > _MOST_TOLD:
        found = f"{len(missing) - _MOST_TOLD} more rows with the same fault"
        faults.add(f"{sheet.name}, column {column}", found, expected)
