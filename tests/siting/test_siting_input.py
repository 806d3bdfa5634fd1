"""What siting refuses: every fault by name, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from territory.errors import SitingError
from territory.siting import backup_cover, fixed_charge, max_cover, nested_median, p_centre, p_median, set_cover

MINUTES = np.array([[1.0, 5.0, 9.0], [4.0, 2.0, 7.0], [8.0, 6.0, 3.0], [9.0, 9.0, 9.0]])
FAR = np.array([[1.0, np.inf], [2.0, np.inf], [np.inf, np.inf]])


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (lambda: p_median(MINUTES, p=0), "p: found 0; expected a whole number of 1 or more"),
        (lambda: p_median(MINUTES, p=1.5), "p: found 1.5; expected a whole number of 1 or more"),
        (lambda: p_median([["a", "b"]], p=1), "minutes: found what is not numbers"),
        (lambda: p_median(MINUTES, p=2, fixed=[0.5]), r"fixed: found \[0.5\]; expected positions of sites"),
        (lambda: p_median(MINUTES, p=2, fixed=[True, False]), "expected positions of sites, whole numbers from 0 to 2"),
        (lambda: max_cover(MINUTES, p=1, reach_minutes=np.nan), "reach_minutes: found nan; expected 0 or more"),
        (lambda: set_cover(MINUTES, reach_minutes=9, times=0), "times: found 0; expected 1 or more"),
        (lambda: set_cover(MINUTES, reach_minutes=9, time_limit_s=-1), "time_limit_s: found -1; expected 0 seconds"),
        (lambda: nested_median(MINUTES, np.zeros((0, 4)), p=()), "weights: found shape"),
        (lambda: p_median(MINUTES, p=4), "p: found 4; expected at most the 3 sites that are allowed"),
        (lambda: p_median(MINUTES, p=1, fixed=[0, 1]), "p: found 1; expected at least the 2 fixed sites"),
        (lambda: p_median(MINUTES, p=2, fixed=[3]), "fixed: found site 3; expected 0 to 2"),
        (lambda: p_median(MINUTES, p=2, fixed=[1], forbidden=[1]), "site 1: found fixed and forbidden"),
        (
            lambda: p_median(MINUTES, [1, 2], p=1),
            re.escape("weights: found shape (2,); expected one for each of the 4"),
        ),
        (lambda: p_median(MINUTES, [1, 2, -3, 1], p=1), "weights: found missing, infinite or negative numbers"),
        (lambda: p_median(-MINUTES, p=1), "minutes, row 0, column 0: found negative numbers"),
        (lambda: p_median(MINUTES * np.nan, p=1), "minutes, row 0, column 0: found missing numbers"),
        (lambda: p_median(np.zeros((0, 2)), p=1), re.escape("minutes: found shape (0, 2)")),
        (lambda: p_median(FAR, p=1), "clients 2: found no allowed site in reach"),
        (lambda: p_centre(FAR, p=1), "clients 2: found no allowed site in reach"),
        (lambda: set_cover(MINUTES, reach_minutes=3), "clients 3: found no allowed site in reach"),
        (lambda: set_cover(MINUTES, reach_minutes=9, times=4), "client 0: found 3 sites in reach; expected 4 at least"),
        (lambda: backup_cover(MINUTES[:3], p=1, reach_minutes=3), "p: found 1; expected enough sites to reach every"),
        (lambda: max_cover(MINUTES, p=9, reach_minutes=3), "p: found 9; expected at most the 3 sites"),
        (lambda: fixed_charge(MINUTES, opening=[1, 2]), re.escape("opening: found shape (2,); expected one for each")),
        (
            lambda: p_median(MINUTES, p=1, capacities=[1, 1, 1]),
            "capacities: found the 1 largest sites hold 1; expected",
        ),
        (lambda: p_median(MINUTES, p=1, capacities=[1, 1]), re.escape("capacities: found shape (2,)")),
        (
            lambda: nested_median(MINUTES, [np.ones(4), np.ones(4)], p=(1, 2)),
            "no more sites of a level than of the one",
        ),
        (lambda: nested_median(MINUTES, np.ones(4), p=(2,)), re.escape("weights: found shape (4,); expected levels x")),
    ],
)
def test_what_contradicts_itself_is_refused(attempt: Callable[[], object], told: str) -> None:
    with pytest.raises(SitingError, match=told):
        attempt()


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SitingError) as caught:
        p_median(-MINUTES, [1.0], p=7, fixed=[9])
    assert len(caught.value.faults) == 4


def test_input_is_left_as_it_is() -> None:
    minutes = MINUTES.copy()
    p_median(minutes, p=1, forbidden=[0])
    assert (minutes == MINUTES).all()


def test_who_is_not_reached_has_no_site() -> None:
    found = max_cover(MINUTES, [1, 1, 1, 9], p=1, reach_minutes=3)
    assert found.objective == 1
    assert (found.site >= 0).sum() == 1


def test_millions_of_people_do_not_hide_that_a_cover_is_proven() -> None:
    people = [2_500_001.0, 1_900_003.0, 3_100_007.0, 1_200_011.0]
    for solve in (backup_cover, max_cover):
        found = solve(MINUTES, people, p=3, reach_minutes=9)
        assert found.bound == found.objective
        assert found.is_optimal
