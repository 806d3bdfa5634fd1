"""What do the results rest on? The share of each input that is official, from open maps, or estimated."""

from __future__ import annotations

import pandas as pd

from territory.care import Care
from territory.tables import QUALITIES, Demand, Region

_POINT_WORDS = {"hcp": "official", "commune_point": "estimated", "arrondissement_point": "estimated"}


def provenance(region: Region, demand: Demand, care: Care) -> list[dict[str, object]]:
    """Return, for each input, the share of each quality, weighted by what counts in that input.

    The rates of a pathway are as good as the worst of them; a facility placed at its commune's point is `estimated`.
    """
    zones, facilities, posts, roads = region.zones, region.facilities, region.posts, region.roads
    beds = facilities[facilities["beds"].fillna(0.0) > 0]
    one = pd.Series(1.0, index=facilities.index)
    points = facilities["point_quality"].replace(_POINT_WORDS)
    return [
        _shares("population", "people", zones["quality"], zones["population_persons"].astype(float)),
        _shares("facilities", "facilities", facilities["quality"], one),
        _shares("positions", "facilities", points, one),
        _shares("beds", "beds", beds["beds_quality"], beds["beds"]),
        _shares("posts", "full-time equivalents", posts["quality"], posts["fte"]),
        _shares("roads", "km", roads["quality"], roads["km"]),
        _rates(demand, care),
        _minutes(demand, care),
    ]


def _shares(name: str, quantity: str, quality: pd.Series, weight: pd.Series) -> dict[str, object]:
    sums = weight.groupby(quality).sum()
    total = float(sums.sum())
    shares = {word: float(sums.get(word, 0.0)) / total if total > 0 else float("nan") for word in QUALITIES}
    return {"input": name, "quantity": quantity, **shares}


def _rates(demand: Demand, care: Care) -> dict[str, object]:
    quality = {}
    for pathway in care.pathways:
        words = {rate.per_person_per_year.quality for rate in pathway.rates}
        quality[pathway.id] = max(words, key=QUALITIES.index)
    episodes = demand.episodes
    return _shares("rates", "episodes a year", episodes["pathway"].map(quality), episodes["episodes_per_year"])


def _minutes(demand: Demand, care: Care) -> dict[str, object]:
    acts = demand.table.groupby("activity")["acts_per_year"].sum()
    rows = [
        (task.minutes.quality, float(acts.get(activity.id, 0.0)) * task.minutes.value)
        for activity in care.activities
        for task in activity.tasks
    ]
    table = pd.DataFrame(rows, columns=["quality", "minutes"])
    return _shares("workload_minutes", "hours needed", table["quality"], table["minutes"])
