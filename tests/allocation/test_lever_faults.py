"""Bad input of every lever is told before any of it is used: all of it at once, each fault once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from allocation.conftest import World
from allocation.random_regions import random_region
from territory.allocation import check_options
from territory.errors import Fault, ScenarioError
from territory.scenario import AllocationOptions

BAD: dict[str, Any] = {
    "mobility": {
        "within": "basins",
        "basins": {
            "east": {"provinces": ["south", "wset"], "facilities": ["p1"]},
            "west": {"facilities": ["p1", "p9"]},
        },
        "largest_shares": {"nurse": 1.5, "docter": 0.5},
        "groups": ["nurses"],
    },
    "shared_posts": {
        "groups": ["cardio", "cardiolog"],
        "sites": ["h9"],
        "site_levels": ["pots"],
        "smallest_fraction": 0.4,
        "largest_share": 0.2,
    },
    "recruitment": {
        "largest_posts": {"nurze": 1.0, "nurse": -1.0},
        "hard_to_staff": {"zones": ["z9"], "provinces": ["nroth"], "kinds": ["rural"], "groups": ["docta"]},
    },
    "departures": {"shares": {"doctor": 1.2, "dokter": 0.1}},
    "closures": {"facilities": ["h8"], "activities": {"h7": ["visit"], "h1": ["vist"]}},
    "activity_transfer": {
        "activities": ["consult", "consulte"],
        "facilities": ["p8"],
        "keep": {"p7": ["consult"], "h1": ["visit"]},
        "smallest_volumes": {"consult": 500.0, "visit": 5.0},
        "largest_volumes": {"consult": 400.0},
    },
    "pooled_functions": {
        "functions": ["laboratory", "laundry"],
        "sites": ["c1", "p6"],
        "site_levels": ["hospitel"],
        "most_sites": {"laboratory": 0, "kitchen": 1},
    },
    "telemedicine": {
        "activities": ["consult", "stay"],
        "sites": ["p5"],
        "site_levels": ["dispensary", "pozt"],
        "hub_levels": ["hospital", "hospit"],
        "largest_shares": {"consult": 1.5},
    },
    "mobile_units": {
        "units": {
            "van": {"base": "h5", "staff": {"nurse": 1.0}, "zones": ["z1"], "activities": ["visit"]},
            "bus": {"base": "c1", "staff": {"nurse": 1.0}, "zones": ["z8"], "activities": ["consult"]},
            "car": {"base": "p1", "staff": {"doctor": 1.0, "nurz": 1.0}, "zones": ["z1"], "activities": ["operation"]},
        }
    },
    "contracting": {
        "activities": {
            "consult": {"largest_acts_per_facility": 5.0},
            "visit": {"largest_acts_per_facility": 5.0, "tariff_mad": 5.0},
            "birth": {"largest_acts_per_facility": 5.0},
        },
        "facilities": ["h1", "c9", "c1"],
        "levels": ["clinik", "dispensary"],
    },
    "overload": {"groups": ["surgeons"]},
    "budgets": {"facilities_mad_per_year": {"h4": 1.0, "h1": -1.0}},
    "equity": {"fully_served": ["stays"]},
}
FACILITY, FACILITIES = "a facility of the region", "Known: c1, h1, h2, p1, p2, p3."
GROUP, ACTIVITY = "a staff group of the care catalogue", "an activity of the care catalogue"
LEVEL, PRESENT = "a level of the care catalogue", "a level that some facility has"
TAKES_PART, SECTORS = "a facility that takes part in the plan", "allocation.sectors says which do."
FUNCTION = "a support function of the care catalogue"
ABOARD = "acts without bed or theatre, with their staff aboard"
WHO = "Put its staff aboard, or those who present patients to a remote specialist."
SHARE, NOT_LISTED = "a share between 0 and 1", "an activity listed in activity_transfer.activities"
TOLD: list[tuple[str, str, str, str]] = [
    ("mobility.groups", "'nurses'", GROUP, "Did you mean nurse?"),
    ("mobility.largest_shares", "'docter'", GROUP, "Did you mean doctor?"),
    ("mobility.largest_shares.nurse", "1.5", SHARE, ""),
    ("mobility.basins.east.provinces", "'wset'", "a province of the region", "Known: north, south."),
    ("mobility.basins.west.facilities", "'p9'", FACILITY, FACILITIES),
    ("mobility.basins", "facility 'p1' in east and west", "each facility in one basin", "Take it out of the others."),
    ("shared_posts.groups", "'cardiolog'", GROUP, "Did you mean cardio?"),
    ("shared_posts.sites", "'h9'", FACILITY, FACILITIES),
    ("shared_posts.site_levels", "'pots'", LEVEL, "Did you mean post?"),
    (
        "shared_posts",
        "smallest_fraction 0.4 above largest_share 0.2",
        "a smallest fraction at most the largest share",
        "",
    ),
    ("recruitment.largest_posts", "'nurze'", GROUP, "Did you mean nurse?"),
    ("recruitment.largest_posts.nurse", "-1", "0 or more", ""),
    ("recruitment.hard_to_staff.zones", "'z9'", "a zone of the region", "Known: z1, z2, z3."),
    ("recruitment.hard_to_staff.provinces", "'nroth'", "a province of the region", "Did you mean north?"),
    ("recruitment.hard_to_staff.kinds", "'rural'", "a kind of zone of the region", "Did you mean urban?"),
    ("recruitment.hard_to_staff.groups", "'docta'", GROUP, "Did you mean doctor?"),
    ("departures.shares", "'dokter'", GROUP, "Did you mean doctor?"),
    ("departures.shares.doctor", "1.2", SHARE, ""),
    ("closures.facilities", "'h8'", FACILITY, FACILITIES),
    ("closures.activities", "'h7'", FACILITY, FACILITIES),
    ("closures.activities.h1", "'vist'", ACTIVITY, "Did you mean visit?"),
    ("activity_transfer.activities", "'consulte'", ACTIVITY, "Did you mean consult?"),
    ("activity_transfer.facilities", "'p8'", FACILITY, FACILITIES),
    ("activity_transfer.keep", "'p7'", FACILITY, FACILITIES),
    ("activity_transfer.keep.h1", "'visit'", NOT_LISTED, "Add it there."),
    ("activity_transfer.smallest_volumes.visit", "'visit'", NOT_LISTED, "Add it there."),
    (
        "activity_transfer.largest_volumes.consult",
        "smallest 500 above largest 400",
        "smallest at most largest",
        "Lower the smallest volume or raise the largest.",
    ),
    ("pooled_functions.functions", "'laundry'", FUNCTION, "Known: laboratory."),
    ("pooled_functions.sites", "'p6'", FACILITY, FACILITIES),
    ("pooled_functions.sites", "'c1', which is private", TAKES_PART, SECTORS),
    ("pooled_functions.site_levels", "'hospitel'", LEVEL, "Did you mean hospital?"),
    ("pooled_functions.most_sites", "'kitchen'", FUNCTION, "Known: laboratory."),
    ("pooled_functions.most_sites.laboratory", "0", "1 or more", ""),
    ("telemedicine.activities", "'stay'", "an activity that the catalogue says may be remote", "Known: consult."),
    ("telemedicine.sites", "'p5'", FACILITY, FACILITIES),
    ("telemedicine.site_levels", "'pozt'", LEVEL, "Did you mean post?"),
    ("telemedicine.site_levels", "'dispensary', a level of no facility", PRESENT, ""),
    ("telemedicine.hub_levels", "'hospit'", LEVEL, "Did you mean hospital?"),
    ("telemedicine.largest_shares.consult", "1.5", SHARE, ""),
    ("mobile_units.units.van.base", "'h5'", FACILITY, FACILITIES),
    ("mobile_units.units.van.activities", "'visit', which the people aboard cannot give", ABOARD, WHO),
    ("mobile_units.units.bus.base", "'c1', which is private", TAKES_PART, SECTORS),
    ("mobile_units.units.bus.zones", "'z8'", "a zone of the region", "Known: z1, z2, z3."),
    (
        "mobile_units.units.car.staff",
        "'doctor', who has no post at p1",
        "people of the base",
        "Choose another base or other people.",
    ),
    ("mobile_units.units.car.staff", "'nurz'", GROUP, "Did you mean nurse?"),
    ("contracting.activities", "'birth'", ACTIVITY, "Known: consult, operation, stay, visit."),
    (
        "contracting.activities.consult",
        "no tariff",
        "a tariff above 0 MAD",
        "Give tariff_mad here or in the care catalogue.",
    ),
    ("contracting.activities.visit", "an act none of them may give", "an act of their levels", ""),
    ("contracting.budget_mad_per_year", "0", "more than 0 MAD a year", ""),
    ("contracting.facilities", "'c9'", FACILITY, FACILITIES),
    ("contracting.facilities", "'h1', which is public", "a private facility", ""),
    ("contracting.levels", "'clinik'", LEVEL, "Did you mean clinic?"),
    ("contracting.levels", "'dispensary', a level of no facility", PRESENT, ""),
    ("overload.groups", "'surgeons'", GROUP, "Did you mean surgeon?"),
    ("budgets.facilities_mad_per_year", "'h4'", FACILITY, FACILITIES),
    ("budgets.facilities_mad_per_year.h1", "-1", "0 or more", ""),
    ("equity.fully_served", "'stays'", ACTIVITY, "Did you mean stay?"),
]


@pytest.fixture
def region() -> World:
    """Return a region with two levels that no facility has, no tariff, and no doctor at p1."""
    world = random_region(1)
    world.levels |= {"dispensary": ("visit",), "institute": ("consult",)}
    world.tariff_mad = 0.0
    world.posts.pop(("p1", "doctor"), None)
    return world


BOUGHT = {"largest_acts_per_facility": 5.0, "tariff_mad": 9.0}


def faults(world: World, **options: Any) -> list[Fault]:
    region, _, _, care = world.inputs()
    try:
        check_options(region, care, AllocationOptions(**options))
    except ScenarioError as error:
        return list(error.faults)
    return []


def test_every_fault_of_every_lever_is_told_at_once(region: World) -> None:
    found = faults(region, **BAD)
    expected = {Fault(f"allocation.{where}", *rest) for where, *rest in TOLD}
    assert set(found) == expected
    assert len(found) == len(expected)  # each of them once


def test_good_options_have_no_faults(region: World) -> None:
    assert faults(region) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"mobility": {"within": "basins"}},
            ("mobility.basins", "no basin named", "basins, and within: basins", "Name the basins or change `within`."),
        ),
        (
            {"mobility": {"within": "region", "basins": {"east": {"provinces": ["south"]}}}},
            (
                "mobility.basins",
                "within 'region' and basins named",
                "basins, and within: basins",
                "Name the basins or change `within`.",
            ),
        ),
        (
            {"shared_posts": {"groups": ["cardio"]}},
            ("shared_posts", "groups without sites", "sites or site_levels", "Say where they may go."),
        ),
        (
            {"pooled_functions": {"most_sites": {"laboratory": 1}}},
            ("pooled_functions.most_sites.laboratory", "a function that is not pooled", "one of functions", ""),
        ),
        (
            {"telemedicine": {"activities": ["consult"], "hub_levels": ["post"]}},
            (
                "telemedicine.hub_levels",
                "no hub that may do consult",
                "hubs of a level that may do it",
                "",
            ),
        ),
        (
            {"contracting": {"activities": {"consult": BOUGHT}, "budget_mad_per_year": 9.0}},
            ("contracting", "no facility", "private facilities or levels", "Say with whom."),
        ),
        (
            {
                "sectors": ["public", "private"],
                "contracting": {
                    "activities": {"consult": BOUGHT},
                    "budget_mad_per_year": 9.0,
                    "levels": ["clinic"],
                },
            },
            ("contracting", "contracts while sectors holds 'private'", "sectors: [public]", "Choose one of both."),
        ),
        (
            {
                "mobile_units": {
                    "units": {
                        "car": {"base": "h2", "staff": {"nurse": 1.0}, "zones": ["z1"], "activities": ["consult"]}
                    }
                }
            },
            (
                "mobile_units.units.car.activities",
                "'consult', whose specialist is not aboard",
                "an activity that a hub answers",
                "Add it to telemedicine.activities, so that a hub answers.",
            ),
        ),
        (
            {
                "mobility": {"within": "region"},
                "telemedicine": {"activities": ["consult"], "hub_levels": ["institute"]},
            },
            ("telemedicine.hub_levels", "'institute', a level of no facility", PRESENT, ""),
        ),
    ],
)  # fmt: skip
def test_a_lever_that_contradicts_itself(region: World, options: dict[str, Any], told: tuple[str, ...]) -> None:
    region.posts["h2", "nurse"] = 1.0
    where, *rest = told
    assert faults(region, **options) == [Fault(f"allocation.{where}", *rest)]


TRANSFER = {"activities": ["consult"]}
HIRING = {"recruitment": {"budget_mad_per_year": 1.0}}
KEPT = {**TRANSFER, "keep": {"h1": ["consult"]}}


@pytest.mark.parametrize(
    "options",
    [
        {"activity_transfer": {**TRANSFER, "smallest_volumes": {"vist": 5.0}}},
        {"activity_transfer": {**TRANSFER, "keep": {"h1": ["vist"]}}},
        {"activity_transfer": {**TRANSFER, "largest_volumes": {"consult": -3.0}}},
        {"telemedicine": {"activities": ["consult"], "largest_shares": {"operation": 0.5}}},
        {"telemedicine": {"activities": ["consult"], "hub_levels": ["hospit"]}},
        {**HIRING, "telemedicine": {"activities": ["consult"], "hub_levels": ["hospit"]}},
        {**HIRING, "telemedicine": {"activities": ["stay"]}},
        {"closures": {"facilities": ["p9"]}},
        {"departures": {"shares": {"docter": 0.1}}, "overload": {}},
        {"pooled_functions": {"functions": ["laboratory"], "sites": ["p9"]}},
        {"pooled_functions": {"functions": ["laboratory"], "sites": ["c1"]}},
        {
            "mobile_units": {
                "units": {"van": {"base": "h1", "staff": {"nurze": 1}, "zones": ["z1"], "activities": ["visit"]}}
            }
        },
        # an empty basin, and provinces that two basins share
        {"mobility": {"within": "basins", "basins": {"east": {}, "west": {"provinces": ["south"]}}}},
        {"mobility": {"within": "basins", "basins": {word: {"provinces": ["south"]} for word in ("east", "west")}}},
        # no zone of this kind in the province
        {**HIRING, "recruitment": {"hard_to_staff": {"provinces": ["south"], "kinds": ["urban"]}}},
    ],
)  # fmt: skip
def test_one_mistake_is_one_fault(region: World, options: dict[str, Any]) -> None:
    assert len(faults(region, **options)) == 1


@pytest.mark.parametrize(
    "options",
    [
        # closed by the scenario and kept, closable or used by another lever
        {"closures": {"facilities": ["p1"]}, "activity_transfer": {"facilities": ["p1"]}},
        {"closures": {"activities": {"h1": ["consult"]}}, "activity_transfer": KEPT},
        {"closures": {"facilities": ["h1"]}, "activity_transfer": KEPT},
        {"closures": {"facilities": ["p1"]}, "pooled_functions": {"functions": ["laboratory"], "sites": ["p1"]}},
        {
            "closures": {"facilities": ["h1"]},
            "mobile_units": {
                "units": {
                    "van": {"base": "h1", "staff": {"doctor": 1, "nurse": 1}, "zones": ["z1"], "activities": ["visit"]}
                }
            },
        },
        {"activity_transfer": {**KEPT, "facilities": ["h1"]}},
        {
            "closures": {"facilities": ["c1"]},
            "contracting": {"activities": {"consult": BOUGHT}, "budget_mad_per_year": 9.0, "facilities": ["c1"]},
        },
        # a facility that does not take part
        {"closures": {"facilities": ["c1"]}},
        {"activity_transfer": {**TRANSFER, "facilities": ["c1"]}},
        {"shared_posts": {"groups": ["cardio"], "sites": ["c1"]}},
        {"budgets": {"facilities_mad_per_year": {"c1": 1e9}}},
        {"mobility": {"within": "basins", "basins": {"east": {"facilities": ["c1"]}}}},
        {"contracting": {"activities": {"consult": BOUGHT}, "budget_mad_per_year": 9.0, "levels": ["post"]}},
        # nobody who could do it
        {"activity_transfer": {"activities": ["operation"], "keep": {"h2": ["operation"]}}},
        {"telemedicine": {"activities": ["consult"]}, "closures": {"facilities": ["h1", "h2"]}},
        {
            "telemedicine": {"activities": ["consult"]},
            "closures": {"activities": {hub: ["consult"] for hub in ("h1", "h2")}},
        },
        {"telemedicine": {"activities": ["consult"]}, "departures": {"shares": {"cardio": 1.0}}},
        # more than the catalogue allows
        {"telemedicine": {"activities": ["consult"], "largest_shares": {"consult": 0.5}}},
        # what a level may not do
        {"closures": {"activities": {"p1": ["operation"]}}},
        {"telemedicine": {"activities": ["consult"], "site_levels": ["hospital"]}},
        {"activity_transfer": {**TRANSFER, "keep": {"p1": ["consult"]}}},
        {"telemedicine": {"activities": ["consult"], "sites": ["h1"]}},
        {
            "recruitment": {"budget_mad_per_year": 1.0},
            "telemedicine": {"activities": ["consult"], "hub_levels": ["post"]},
        },
    ],
)  # fmt: skip
def test_levers_that_contradict_one_another(region: World, options: dict[str, Any]) -> None:
    region.posts.pop(("h2", "surgeon"), None)
    assert faults(region, **options)


VISITED = {"shared_posts": {"groups": ["cardio"], "site_levels": ["post"]}}


@pytest.mark.parametrize(
    "options",
    [
        # a specialist who only visits may answer, and an activity of a visited site may be kept
        {**VISITED, "telemedicine": {"activities": ["consult"], "hub_levels": ["post"]}},
        {**VISITED, "activity_transfer": {**TRANSFER, "keep": {"p1": ["consult"]}}},
        # a private facility may close where it is contracted
        {
            "closures": {"activities": {"c1": ["operation"]}},
            "contracting": {"activities": {"consult": BOUGHT}, "budget_mad_per_year": 9.0, "levels": ["clinic"]},
        },
    ],
)  # fmt: skip
def test_what_makes_sense_is_not_refused(region: World, options: dict[str, Any]) -> None:
    assert faults(region, **options) == []


def test_a_site_needs_to_do_one_of_the_functions(region: World) -> None:
    size = {"one": (1000.0, 1_000.0, 1.0)}
    region.support = {
        "laboratory": ({"visit": 1.0}, size, 0.0, ("hospital",)),
        "pharmacy": ({"visit": 1.0}, size, 0.0, ("post",)),
    }
    pooled = {"functions": ["laboratory", "pharmacy"], "sites": ["h1", "p1"]}
    assert faults(region, pooled_functions=pooled) == []


@pytest.mark.parametrize(
    "options",
    [
        {"departures": {"shares": {"nurse": True}}},
        {"mobility": {"largest_share": True}},
        {"mobility": {"basins": {" ": {"provinces": ["south"]}}}},
        {"pooled_functions": {"functions": ["laboratory", "laboratory"]}},
        {"mobile_units": {"units": {"v": {"base": "h1", "staff": {"nurse": 0}, "zones": ["z1"], "activities": ["a"]}}}},
    ],
)  # fmt: skip
def test_what_yaml_lets_through_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AllocationOptions(**options)
