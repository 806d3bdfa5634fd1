#!/usr/bin/env python3
"""Siting beside spopt, floating catchments beside access, and travel over a country beside its limits, in one run.

The extra `bench` installs the peers. Both sides prove the optimum of the same random towns with HiGHS (spopt through
PuLP, its own formulation) and must agree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pulp
from access import Access
from access import weights as peer_weights
from numpy.typing import NDArray
from spopt.locate import LSCP, MCLP, PMedian

from territory.indicators import enhanced_two_step
from territory.siting import Siting, covering, lagrangian, max_cover, median, mip, p_median, set_cover

Floats = NDArray[np.float64]
Row = dict[str, float | str]

_LIMIT_S, _LIMIT_MB = 20.0, 1000.0
_CATCHMENT_MINUTES = 30.0


def towns(clients: int, sites: int) -> tuple[Floats, Floats]:
    """Return minutes between random points of a square of 100 minutes, and people of each client."""
    chance = np.random.default_rng(11)
    one, other = chance.uniform(0, 100, (clients, 2)), chance.uniform(0, 100, (sites, 2))
    return np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1)), chance.integers(1, 500, clients) * 1.0


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call gives, and its seconds."""
    begin = time.perf_counter()
    found = run()
    return found, time.perf_counter() - begin


class Watch:
    """Seconds that the siting room spends in the relaxation and the solver; the rest is the building."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self._calls = mip.solve, lagrangian.relax

        def watched(call: Callable[..., Any]) -> Callable[..., Any]:
            def run(*given: Any, **named: Any) -> Any:
                found, seconds = timed(lambda: call(*given, **named))
                self.seconds += seconds
                return found

            return run

        covering.solve = median.solve = watched(mip.solve)
        median.relax = watched(lagrangian.relax)
        return self

    def __exit__(self, *_: object) -> None:
        covering.solve = median.solve = self._calls[0]
        median.relax = self._calls[1]


def compared(
    name: str, own: Callable[[], Siting], peer: Callable[[], Any], value: Callable[[Any], float]
) -> dict[str, Row]:
    """Return rows of one problem: building and the whole, as shares of the peer's."""
    with Watch() as watch:
        found, whole = timed(own)
    model, peer_build = timed(peer)
    solved, peer_solve = timed(lambda: model.solve(pulp.HiGHS(msg=False, gapRel=0.0)))
    if not found.is_optimal or abs(found.objective - value(solved)) > 1e-6 * abs(found.objective):
        message = f"{name}: {found.objective} here, {value(solved)} there"
        raise SystemExit(message)
    build, peer_whole = whole - watch.seconds, peer_build + peer_solve
    return {
        f"{name}, before the solver": row(build, peer_build),
        f"{name}, in all": row(whole, peer_whole),
    }


def row(own: float, peer: float) -> Row:
    """Return one row: seconds here, and how many times faster than the peer."""
    return {"value": own, "unit": "s", "ratio": peer / own, "against": f"faster than spopt, {peer:.2f} s"}


def measure(clients: int, sites: int, p: int) -> dict[str, Row]:
    """Measure the three problems."""
    minutes, people = towns(clients, sites)
    reach = float(np.ceil(minutes.min(axis=1).max()))  # the least within which somebody reaches everybody
    near = np.array(minutes)
    weights = people[:, None]
    return {
        **compared(
            "p-median",
            lambda: p_median(minutes, people, p=p),
            lambda: PMedian.from_cost_matrix(near, weights, p_facilities=p),
            lambda solved: float(pulp.value(solved.problem.objective)),
        ),
        **compared(
            "maximal cover",
            lambda: max_cover(minutes, people, p=p, reach_minutes=reach),
            lambda: MCLP.from_cost_matrix(near, weights, service_radius=reach, p_facilities=p),
            lambda solved: float(pulp.value(solved.problem.objective)),
        ),
        **compared(
            "set cover",
            lambda: set_cover(minutes, reach_minutes=reach),
            lambda: LSCP.from_cost_matrix(near, service_radius=reach),
            lambda solved: float(pulp.value(solved.problem.objective)),
        ),
    }


def measure_travel(zones: int = 1500, facilities: int = 3000) -> dict[str, Row]:
    """Measure many-to-many travel with a cutoff over a small and a large network, each in a process of its own."""
    rows: dict[str, Row] = {}
    for nodes, cutoff in ((5_000, 240), (60_000, 120)):
        command = [sys.executable, str(Path(__file__).with_name("travel_size.py"))]
        sizes = [zones, facilities, nodes, cutoff]
        done = subprocess.run([*command, *map(str, sizes)], capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        name = f"{zones:,} x {facilities:,} over {nodes:,} nodes"
        for part, unit, limit in (("seconds", "s", _LIMIT_S), ("peak_mb", "MB", _LIMIT_MB)):
            ratio = limit / found[part]
            rows[f"{name}, {part}"] = {
                "value": found[part],
                "unit": unit,
                "ratio": ratio,
                "against": f"below the limit of {limit:g} {unit}",
            }
    return rows


def measure_access(origins: int = 2000, facilities: int = 500) -> dict[str, Row]:
    """Measure the Gaussian enhanced two-step floating catchment; both sides must agree."""
    minutes, people = towns(origins, facilities)
    supply = np.random.default_rng(5).integers(1, 30, facilities) * 1.0
    gaussian = peer_weights.gaussian(20.0)
    pairs = pd.DataFrame(
        {
            "origin": np.repeat(np.arange(origins), facilities),
            "dest": np.tile(np.arange(facilities), origins),
            "cost": minutes.ravel(),
        }
    )
    peer = Access(
        demand_df=pd.DataFrame({"id": np.arange(origins), "pop": people}),
        demand_index="id",
        demand_value="pop",
        supply_df=pd.DataFrame({"id": np.arange(facilities), "doctors": supply}),
        supply_index="id",
        supply_value="doctors",
        cost_df=pairs,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )

    def cut(own: Floats) -> Floats:
        return np.where(own <= _CATCHMENT_MINUTES, gaussian(own), 0.0)

    theirs, peer_seconds = timed(lambda: peer.enhanced_two_stage_fca(max_cost=_CATCHMENT_MINUTES, weight_fn=gaussian))
    own, seconds = timed(lambda: enhanced_two_step(minutes, people, supply, weights=cut))
    np.testing.assert_allclose(theirs.iloc[:, 0].reindex(np.arange(origins)).fillna(0.0), own, rtol=1e-9, atol=1e-15)
    name = f"Gaussian floating catchment, {origins:,} x {facilities:,}"
    against = f"faster than access, {peer_seconds:.2f} s"
    return {name: {"value": seconds, "unit": "s", "ratio": peer_seconds / seconds, "against": against}}


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description="Geography beside its peers and limits.")
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--sites", type=int, default=300)
    parser.add_argument("--open", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = {**measure(options.clients, options.sites, options.open), **measure_access(), **measure_travel()}
    if options.json:
        print(json.dumps(rows))
        return
    for name, found in rows.items():
        print(f"{name:<48} {found['value']:>10.3f} {found['unit']:<4} {found['ratio']:>8.1f} x {found['against']}")


if __name__ == "__main__":
    main()
