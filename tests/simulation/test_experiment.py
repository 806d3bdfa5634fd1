"""Experiments: warm-up, precision, paired differences, records in a file, a stop that keeps what is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from counted import visits_of
from simulation.queues import exponential, one_queue
from simulation.test_engines_agree import NETWORKS

from territory.errors import SimulationError
from territory.simulation import event_log, read_network, run_network, settings
from territory.simulation.measures import half_width, mser5
from territory.simulation.replications import Order, run_replications

if TYPE_CHECKING:
    from conftest import TinyRegion


def test_mser5_finds_where_a_series_settles() -> None:
    rng = np.random.default_rng(1)
    series = 5 * np.exp(-np.arange(1000) / 40) + rng.normal(0, 0.5, 1000)
    left_out, trusted = mser5(series)
    assert trusted
    assert 60 <= left_out <= 220


def test_mser5_by_hand() -> None:
    """Eight batches: leaving out the first gives a variance of zero, and the smallest number of batches that does."""
    assert mser5(np.repeat([9.0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 5)) == (5, True)
    assert mser5(np.ones(60)) == (0, True)


def test_a_series_that_never_settles_is_not_trusted() -> None:
    assert mser5(np.arange(200.0) ** 2)[1] is False
    assert mser5(np.ones(20)) == (0, False)  # too short to say


def test_a_warm_up_that_is_found_and_one_that_is_not() -> None:
    calm = run_network(read_network(one_queue(10, 3, exponential(12), days=56)), replications=3, find_warm_up=True)
    assert calm.notes == ()
    assert 0 <= calm.network.warm_up_days <= 40
    flooded = run_network(read_network(one_queue(30, 3, exponential(12), days=56)), replications=3, find_warm_up=True)
    assert flooded.notes == ("warm_up_not_found",)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_replications_stop_when_precise(workers: int) -> None:
    network = read_network(one_queue(12, 3, exponential(12), days=28))
    wide, narrow = (
        run_network(network, replications=3, half_widths={"wait": share}, workers=workers) for share in (0.3, 0.05)
    )
    assert len(wide.results) < len(narrow.results) < 50
    for found, share in ((wide, 0.3), (narrow, 0.05)):
        values = found.values("wait")
        assert half_width(values) <= share * values.mean()
        if len(values) > 3:
            assert half_width(values[:-1]) > share * values[:-1].mean()
    assert np.array_equal(wide.values("wait"), narrow.values("wait")[: len(wide.results)])


def test_a_precision_out_of_reach_is_said() -> None:
    network = read_network(one_queue(12, 3, exponential(12), days=7))
    found = run_network(network, replications=2, half_widths={"wait": 1e-6}, most_replications=4)
    assert len(found.results) == 4
    assert found.notes == ("replications_not_precise",)


def test_an_unknown_measure_is_told() -> None:
    with pytest.raises(SimulationError, match=r"found 'waits'; expected a measure of the network. Did you mean wait\?"):
        run_network(read_network(NETWORKS["one queue"]), half_widths={"waits": 0.1})


def test_paired_differences_are_narrower_than_those_of_strangers() -> None:
    fewer, more = (run_network(read_network(one_queue(12, n, exponential(12), days=28))) for n in (3, 4))
    mean, low, high = fewer.difference(more, "wait")
    assert 0 < low < mean < high
    assert mean == pytest.approx(fewer.values("wait").mean() - more.values("wait").mean())
    assert high - low < 2 * np.hypot(half_width(fewer.values("wait")), half_width(more.values("wait")))


def test_what_was_done_is_kept_when_the_user_stops() -> None:
    network = read_network(NETWORKS["one queue"])

    def stop_after(count: int) -> Any:
        def progress(done: int, _: int) -> None:
            if done == count:
                raise KeyboardInterrupt

        return progress

    order = Order(network, "simpy")
    series = run_replications(order, 5, progress=stop_after(3))
    assert series.stopped
    assert len(series.results) == 3
    with pytest.raises(KeyboardInterrupt):  # one is not enough for an interval
        run_replications(order, 5, progress=stop_after(1))
    assert run_network(network, replications=5, progress=stop_after(2)).notes == ("simulation_stopped",)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_counts_are_those_of_the_recorded_steps(tiny: TinyRegion, engine: str) -> None:
    region = tiny.but(
        posts={post: 0.6 * fte for post, fte in tiny.posts.items()},
        options={**tiny.options, "engine": engine, "patience_minutes": {"cold": 2000}},
    )
    journeys = region.simulate()
    own = visits_of(journeys.table, journeys.measured_to_day)
    told = journeys.visits.astype({"facility_id": str, "activity": str, "mode": str})
    keys = ["replication", "facility_id", "activity", "mode", "placed"]
    both = [table.sort_values(keys, ignore_index=True) for table in (own, told)]
    pd.testing.assert_frame_equal(both[0], both[1], check_dtype=False, check_categorical=False, rtol=1e-5, atol=1e-5)
    episodes = journeys.episodes.groupby("replication")[["episodes", "trips"]].sum()
    steps = journeys.table.groupby("replication")
    assert episodes["trips"].tolist() == steps.size().tolist()
    assert episodes["episodes"].tolist() == steps["step"].apply(lambda column: int((column == 0).sum())).tolist()


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_steps_are_streamed_to_a_file(tmp_path: Path, engine: str) -> None:
    network = read_network(NETWORKS["rules of queues"])
    here = run_network(network, replications=3, engine=engine, journeys=True).journeys.table
    found = run_network(network, replications=3, engine=engine, journeys=tmp_path / "journeys.parquet", workers=2)
    assert found.file == tmp_path / "journeys.parquet"
    assert [file.name for file in tmp_path.iterdir()] == ["journeys.parquet"]
    there = pd.read_parquet(found.file).sort_values(["replication", "patient", "step"], ignore_index=True)
    words = here.select_dtypes("category").columns
    plain = [table.astype(dict.fromkeys(words, "str")) for table in (here, there)]
    pd.testing.assert_frame_equal(plain[0], plain[1], check_dtype=False)


def test_parts_are_not_left_behind_by_workers_ahead_or_a_stop(tmp_path: Path) -> None:
    network = read_network(NETWORKS["one queue"])
    aims = {"wait": 0.9}
    run_network(network, replications=2, workers=2, half_widths=aims, journeys=tmp_path / "journeys.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["journeys.parquet"]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_network(network, progress=stop, journeys=tmp_path / "other.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["journeys.parquet"]


def test_a_measure_of_nobody_is_never_precise() -> None:
    told = one_queue(12, 3, exponential(12), days=7)
    told["sources"]["never"] = {"to": "clinic", "every_minutes": 1e6, "patients": "rare"}
    told["classes"] = {"rare": {"priority": 1}}
    found = run_network(read_network(told), replications=2, half_widths={"wait_clinic/rare": 0.5}, most_replications=3)
    assert found.notes == ("replications_not_precise",)


def test_a_window_that_is_not_whole_weeks_counts_the_hours_it_has() -> None:
    day = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from_hour": 8, "to_hour": 16, "servers": 1}]
    told = {**one_queue(100, 1, exponential(12), days=5), "warm_up_days": 0}
    told["stations"]["clinic"]["servers"] = day
    journeys = run_network(read_network(told), replications=2).journeys
    assert journeys.stations["open_hours"].tolist() == [40, 40]
    assert journeys.hours["busy"].max() == pytest.approx(1)


def test_outbreaks_stay_in_their_days_when_the_warm_up_is_found(tiny: TinyRegion) -> None:
    outbreak = {"pathway": "injury", "from_day": 0, "to_day": 2, "factor": 50}
    network = tiny.but(options={**tiny.options, "outbreaks": [outbreak], "warm_up_days": 28, "days": 280}).network()
    found = run_network(network, replications=2, find_warm_up=True, journeys=True)
    assert found.network.warm_up_days != 28
    table = found.journeys.table
    first = table[(table["pathway"] == "injury") & (table["step"] == 0) & (table["replication"] == 0)]
    days = (first["asked_at"] - found.network.warm_up_days).astype(int).value_counts()
    assert days[[0, 1]].min() > 3 * days.drop([0, 1]).max()


def test_the_event_log_holds_every_visit_once() -> None:
    journeys = run_network(read_network(NETWORKS["one queue"]), replications=1, journeys=True).journeys
    log = event_log(journeys)
    assert list(log.columns) == [
        *("entity_id", "event_type", "event", "time", "pathway", "run_number", "resource_id"),
    ]
    table = journeys.table
    arrivals = log[log["event"] == "arrival"]
    assert len(arrivals) == table["patient"].nunique() == arrivals["entity_id"].nunique()
    assert (log["event"] == "depart").sum() == (table["outcome"] == "done").sum()
    use = log[log["event_type"] == "resource_use"]
    assert len(use) == table["started_at"].notna().sum()
    assert set(use["resource_id"]) == {1, 2, 3}  # three servers
    for _, own in log[log["resource_id"].notna()].groupby("resource_id"):
        kinds = own.sort_values("time", kind="stable")["event_type"].tolist()
        assert kinds.count("resource_use") - kinds.count("resource_use_end") in {0, 1}


def test_an_event_log_needs_records() -> None:
    journeys = run_network(read_network(NETWORKS["one queue"]), replications=1).journeys
    with pytest.raises(SimulationError, match="no recorded steps"):
        event_log(journeys)


def test_the_compiled_engine_is_refused_with_a_clear_word_when_absent(
    tiny: TinyRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda _: None)
    with pytest.raises(SimulationError) as caught:
        tiny.but(options={**tiny.options, "engine": "compiled"}).simulate()
    assert str(caught.value) == (
        "The simulation could not run (1 fault):\n  - simulation.engine: found engine 'compiled', but Numba is not "
        "installed; expected 'simpy', or 'auto'. Or install it: pip install 'territory[fast]'."
    )
    left_open = {key: value for key, value in tiny.options.items() if key == "seed"}
    journeys = tiny.but(options=left_open).simulate()
    assert (journeys.engine, journeys.replications, journeys.notes) == ("simpy", 4, ("compiled_engine_missing",))
    assert journeys.measured_to_day - journeys.measured_from_day == 14


@pytest.mark.skipif("numba" not in sys.modules and settings.find_spec("numba") is None, reason="needs the extra fast")
def test_a_year_is_usual_with_the_compiled_engine(tiny: TinyRegion) -> None:
    journeys = tiny.but(options={"seed": 1, "journeys": False}).simulate()
    assert (journeys.engine, journeys.replications, journeys.notes) == ("compiled", 5, ())
    assert journeys.measured_to_day - journeys.measured_from_day == 364
    assert set(journeys.months["month"]) == set(range(1, 13))


def test_a_script_without_a_guard_ends_with_the_way_out(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    run = f"tt.simulation.run_network(tt.simulation.read_network({one_queue(12, 3, exponential(12))!r}), workers=2)"
    script.write_text(f"import territory as tt\n{run}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert 'call this under `if __name__ == "__main__":`' in done.stderr
