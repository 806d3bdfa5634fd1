"""The twelve regions of Morocco hold the published facts, and a study runs on those beside the pilot."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import networkx as nx
import pandas as pd
import pytest

import territory as tt
from territory.network import road_graph
from territory.scenario import NetworkOptions
from territory.tables import Region
from territory.tables.vocabulary import POINT_QUALITIES, QUALITIES

ROOT = Path(__file__).parents[2]
HOSPITALS = ("HPr", "CHP", "CHR", "CHU", "CRO", "HPSY")
# zones, facilities, people 2024, people 2014, households 2024, public hospital beds 2021. Beds: printed for the first
# five; the other six regions share by population what these and Fès-Meknès (3 346) leave of the nation's 26 711.
PUBLISHED = {
    "tanger-tetouan-al-hoceima": (149, 329, 4_030_222, 3_556_729, 1_048_860, 2154),
    "oriental": (124, 273, 2_294_665, 2_314_346, 575_015, 2516),
    "rabat-sale-kenitra": (122, 325, 5_132_639, 4_580_866, 1_301_492, 4404),
    "casablanca-settat": (168, 500, 7_688_967, 6_861_739, 2_021_032, 4949),
    "marrakech-safi": (255, 499, 4_892_393, 4_520_569, 1_185_865, 3740),
    "beni-mellal-khenifra": (135, 320, 2_525_801, 2_520_776, 616_566, 1700),
    "draa-tafilalet": (125, 272, 1_655_623, 1_635_008, 338_977, 1115),
    "souss-massa": (175, 340, 3_020_431, 2_676_847, 785_208, 2033),
    "guelmim-oued-noun": (53, 107, 448_685, 433_757, 105_394, 302),
    "laayoune-sakia-el-hamra": (20, 52, 451_028, 367_758, 106_751, 304),
    "dakhla-oued-ed-dahab": (13, 20, 219_965, 142_955, 54_161, 148),
}
NATION_BEDS = 26_711
PILOT_BEDS = 3346
WITHOUT_ONCOLOGY = {"draa-tafilalet", "guelmim-oued-noun", "dakhla-oued-ed-dahab"}
SHORT = {"simulation.replications": 2, "simulation.warm_up_days": 7, "simulation.days": 7}


@pytest.fixture(scope="module")
def regions() -> dict[str, Region]:
    return {name: tt.read_region(name) for name in PUBLISHED}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_region_holds_the_published_sums(regions: dict[str, Region], name: str) -> None:
    region = regions[name]
    hospitals = region.facilities[region.facilities["level"].isin(HOSPITALS)]
    found = (
        len(region.zones),
        len(region.facilities),
        region.zones["population_persons"].sum(),
        region.zones["population_2014_persons"].sum(),
        region.zones["households"].sum(),
        hospitals["beds"].sum(),
    )
    assert found == PUBLISHED[name]


def test_the_twelve_regions_are_the_nation(regions: dict[str, Region], pilot: Region) -> None:
    assert {*PUBLISHED, "fes-meknes"} == {file.parent.name for file in ROOT.glob("geodata/*/territory.yaml")}
    every = [*regions.values(), pilot]
    assert sum(region.zones["population_persons"].sum() for region in every) == 36_828_330
    assert sum(region.zones["population_2014_persons"].sum() for region in every) == 33_848_242
    assert sum(len(region.facilities) for region in every) == 3539
    assert sum(len(region.provinces) for region in every) == 75
    assert sum(beds for *_, beds in PUBLISHED.values()) + PILOT_BEDS == NATION_BEDS


@pytest.mark.parametrize("name", PUBLISHED)
def test_estimates_say_that_they_are(regions: dict[str, Region], name: str) -> None:
    region = regions[name]
    assert (region.posts["quality"] == "estimated").all()
    assert (region.roads["quality"] == "estimated").all()
    zones = pd.read_csv(ROOT / "geodata" / name / "zones.csv", dtype=str, keep_default_na=False)
    for column in ("urban_quality", "age_quality", "area_quality"):
        assert (zones[column] == "estimated").all(), column
    arrondissement = zones["kind"] == "arrondissement"
    assert (zones.loc[arrondissement, "population_2014_quality"] == "estimated").all()
    assert ((zones["population_2014_quality"] == "") == (zones["population_2014_persons"] == "")).all()
    for table in (region.zones, region.facilities, region.posts, region.roads, region.road_nodes):
        assert table["quality"].isin(QUALITIES).all()
    for table in (region.zones, region.facilities):
        assert table["point_quality"].isin(POINT_QUALITIES).all()
    assert region.facilities["beds_quality"].notna().eq(region.facilities["beds"].notna()).all()


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_row_names_a_source_with_a_licence(regions: dict[str, Region], name: str) -> None:
    region = regions[name]
    keys = {source.key for source in region.sources}
    for table in (region.zones, region.facilities, region.posts, region.roads, region.road_nodes):
        assert set(table["source"]) <= keys
    assert all(source.licence and source.attribution for source in region.sources)


@pytest.mark.parametrize("name", PUBLISHED)
def test_roads_join_all_zones(regions: dict[str, Region], name: str) -> None:
    graph = road_graph(regions[name], NetworkOptions())
    assert nx.is_connected(graph)
    assert set(regions[name].zones["zone_id"]) <= set(graph.nodes)
    travel = tt.travel_times(regions[name], NetworkOptions()).table
    assert len(travel) == len(regions[name].zones) * len(regions[name].facilities)


@pytest.mark.parametrize("name", PUBLISHED)
def test_areas_of_a_province_sum_to_its_outline(regions: dict[str, Region], name: str) -> None:
    region = regions[name]
    outlines = gpd.read_file(ROOT / "geodata" / name / "provinces.geojson").set_index("province")
    whole = outlines.geometry.to_crs(region.metric_crs).area / 1e6
    areas = region.zones.groupby("province")["area_km2"].sum()
    assert (areas - whole).abs().max() < 0.01
    assert (region.zones["area_km2"] > 0).all()


@pytest.mark.parametrize("name", PUBLISHED)
def test_posts_are_in_a_credible_range(regions: dict[str, Region], name: str) -> None:
    region = regions[name]
    fte = region.posts.groupby("staff_group")["fte"].sum()
    per_10000 = fte / region.zones["population_persons"].sum() * 1e4
    assert 0.8 < per_10000["generalist"] < 1.3
    assert 3.5 < per_10000["nurse"] < 7
    assert ("oncologist" not in fte) == (name in WITHOUT_ONCOLOGY)
    public = region.facilities.loc[region.facilities["sector"] == "public", "facility_id"]
    assert set(region.posts["facility_id"]) == set(public)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["draa-tafilalet", "souss-massa", "oriental"])
def test_a_study_runs_on_a_region(tmp_path: Path, name: str) -> None:
    """Without a university hospital or a cancer centre there are needs that nobody serves, and still a plan."""
    run = tt.run_study(tt.load_scenario(ROOT / "scenarios" / "morocco" / f"{name}.yaml", SHORT), workers=2)
    needed = run.demand.table.groupby("activity")["acts_per_year"].sum()
    unmet = run.plan.unmet.groupby("activity")["acts_per_year"].sum().reindex(needed.index).fillna(0.0)
    assert 0.3 <= 1 - unmet.sum() / needed.sum() <= 1
    assert (unmet["oncology_treatment"] == pytest.approx(needed["oncology_treatment"])) == (name in WITHOUT_ONCOLOGY)
    run.save(tmp_path / name, lang="en")
    assert (tmp_path / name / "report.html").stat().st_size > 10_000
