"""Runs of a study: the same bits whoever runs them, whatever cuts them short; nothing finished is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster
from sweeps import models
from sweeps.conftest import Write

from territory.errors import ScenarioError, SweepError, TableError
from territory.output_files import replacing
from territory.sweeps import Swept, load_sweep, sweep

TIME = ["seconds"]


def runs_of(where: Path | Swept) -> pd.DataFrame:
    return where.runs if isinstance(where, Swept) else load_sweep(where).runs


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.drop(columns=TIME), other.drop(columns=TIME), check_exact=True)


def test_every_run_is_a_row(study_file: Write, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    swept = sweep(
        study_file(), out=tmp_path / "out", model=models.plane, progress=lambda done, total: told.append((done, total))
    )
    runs = swept.runs
    assert told == [(done, 20) for done in range(21)]
    assert runs["run"].tolist() == list(range(20))
    assert list(runs.columns) == [
        "run", *models.FACTORS, "status", "reason", "seed", "seconds", "y", "opened", "left_behind"
    ]  # fmt: skip
    assert (runs["status"] == "done").all()
    assert (runs["seconds"] >= 0).all()
    y = 3 * (runs["demand.factor"] - 0.0001) + 2 * (runs["network.speed_factor"] - 0.0001) * (
        runs["simulation.no_show_share"] / 0.9
    )
    assert runs["y"].to_numpy() == pytest.approx(y.to_numpy())
    assert swept.is_whole
    assert swept.study.name == "study"
    direct = pd.read_parquet(swept.folder / "runs")
    assert sorted(direct["run"]) == list(range(20))


def test_a_failed_run_is_a_row_with_its_reason(study_file: Write, tmp_path: Path) -> None:
    swept = sweep(study_file(), out=tmp_path / "out", model=models.fails_often)
    runs = swept.runs
    bad = runs["demand.factor"] > 0.8001
    assert (runs.loc[bad, "status"] == "failed").all()
    assert (runs.loc[~bad, "status"] == "done").all()
    assert runs.loc[bad, "y"].isna().all()
    assert swept.failures().to_dict("records") == [{"reason": "ValueError: too much", "runs": int(bad.sum())}]


def test_workers_change_no_bit(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    one = runs_of(sweep(file, out=tmp_path / "one", model=models.plane))
    two = runs_of(sweep(file, out=tmp_path / "two", model=models.plane, workers=2))
    same(one, two)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        same(one, runs_of(sweep(file, out=tmp_path / "address", model=models.plane, cluster=address)))
        with cluster.get_client() as client:
            same(one, runs_of(sweep(file, out=tmp_path / "client", model=models.plane, cluster=client)))


@pytest.mark.slow
def test_a_sweep_killed_at_any_moment_goes_on_to_the_same_table(study_file: Write, tmp_path: Path) -> None:
    file = study_file(design={"method": "latin_hypercube", "samples": 300})
    whole = runs_of(sweep(file, out=tmp_path / "whole", model=models.slow))
    code = (
        "import sys; from sweeps import models; from territory.sweeps import sweep; "
        "sweep(sys.argv[1], out=sys.argv[2], model=models.slow, resume=True)"
    )
    chance = np.random.default_rng(int(time.time()))
    counts = [0]
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(file), str(tmp_path / "cut")],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        there = tmp_path / "cut" / "runs"
        deadline = time.monotonic() + 60
        while len(_numbers(there)) <= counts[-1] and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        time.sleep(float(chance.uniform(0, 0.5)))
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(len(_numbers(there)))
    assert 0 < counts[1] < 300
    assert counts == sorted(counts)
    same(whole, runs_of(sweep(file, out=tmp_path / "cut", model=models.slow, resume=True)))


@pytest.mark.slow
def test_workers_end_with_the_process_that_started_them(study_file: Write, tmp_path: Path) -> None:
    file = study_file(design={"method": "latin_hypercube", "samples": 3000})
    process = _at_work(file, tmp_path / "out")
    group = [child for child in psutil.Process(process.pid).children(recursive=True) if child.is_running()]
    assert len(group) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(group, timeout=20)
    assert [child for child in alive if child.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.slow
def test_a_sweep_in_the_background_goes_on_when_others_are_interrupted(study_file: Write, tmp_path: Path) -> None:
    """A shell lets what it starts in the background ignore interrupts; the workers must ignore them too."""
    file = study_file(design={"method": "latin_hypercube", "samples": 300})
    process = _at_work(file, tmp_path / "out")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0
    assert len(runs_of(tmp_path / "out")) == 300


def _at_work(study: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start a sweep with two workers as a shell starts it in the background, and return it once runs land."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "from sweeps import models; from territory.sweeps import sweep; "
        "sweep(sys.argv[1], out=sys.argv[2], model=models.slow, workers=2)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(study), str(out)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not _numbers(out / "runs") and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    return process


def _numbers(folder: Path) -> set[int]:
    found: set[int] = set()
    for file in folder.glob("[rb]*.parquet"):
        try:
            found |= set(pd.read_parquet(file, columns=["run"])["run"])
        except FileNotFoundError:  # put together with others meanwhile
            continue
    return found


def test_runs_put_together_before_a_crash_count_once(study_file: Write, tmp_path: Path) -> None:
    file = study_file(design={"method": "latin_hypercube", "samples": 270})
    folder = sweep(file, out=tmp_path / "out", model=models.plane).folder
    names = sorted(part.name for part in (folder / "runs").iterdir())
    assert names[0] == "block-0000000.parquet"
    assert len(names) == 1 + 270 - 256
    whole = runs_of(folder)
    again = pq.read_table(folder / "runs" / "block-0000000.parquet")
    for number in range(3):  # as if the block was written and the process ended before the loose files went
        pq.write_table(again.slice(number, 1), folder / "runs" / f"run-{number:07d}.parquet")
    same(whole, runs_of(folder))
    same(whole, runs_of(sweep(file, out=folder, model=models.plane, resume=True)))


def test_what_was_being_written_when_a_process_ended_is_no_run(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    folder = sweep(file, out=tmp_path / "out", model=models.plane).folder
    whole = runs_of(folder)
    (folder / "runs" / "run-0000004.parquet").unlink()
    (folder / "runs" / ".run-0000004.77.part.parquet").write_bytes(b"PAR1")
    assert len(runs_of(folder)) == 19
    same(whole, runs_of(sweep(file, out=folder, model=models.plane, resume=True)))


def test_a_broken_file_of_runs_is_named(study_file: Write, tmp_path: Path) -> None:
    folder = sweep(study_file(), out=tmp_path / "out", model=models.plane).folder
    (folder / "runs" / "run-0000004.parquet").write_bytes(b"PAR1")
    with pytest.raises(SweepError, match=r"run-0000004\.parquet: found a broken file; .*its runs are made again"):
        runs_of(folder)


def test_a_worker_that_dies_ends_the_sweep_clearly(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    with pytest.raises(SweepError, match=r"workers: found 2, of which one ended .* What was finished is kept"):
        sweep(file, out=tmp_path / "out", model=models.dies, workers=2)
    kept = runs_of(tmp_path / "out")
    assert (kept["status"] == "done").all()
    whole = runs_of(sweep(file, out=tmp_path / "whole", model=models.plane))
    same(whole[whole["run"].isin(kept["run"])].reset_index(drop=True), kept)


def test_a_full_disk_ends_the_sweep_clearly(study_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from territory.sweeps import store

    def full(file: Path):
        if "0000007" in file.name:
            raise OSError(28, "No space left on device")
        return replacing(file)

    monkeypatch.setattr(store, "replacing", full)
    file = study_file()
    with pytest.raises(SweepError, match=r"cannot be written \(No space left on device\).*What was finished is kept"):
        sweep(file, out=tmp_path / "out", model=models.plane)
    assert runs_of(tmp_path / "out")["run"].tolist() == list(range(7))
    monkeypatch.undo()
    whole = runs_of(sweep(file, out=tmp_path / "whole", model=models.plane))
    same(whole, runs_of(sweep(file, out=tmp_path / "out", model=models.plane, resume=True)))


def test_a_folder_of_something_else_is_left_alone(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "a_file").write_text("dear")
    for place in ("mine", "a_file"):
        with pytest.raises(SweepError, match="which holds something else"):
            sweep(file, out=tmp_path / place, model=models.plane)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    with pytest.raises(SweepError, match="cannot be written"):
        sweep(file, out=tmp_path / "a_file" / "inside", model=models.plane)
    folder = sweep(file, out=tmp_path / "out", model=models.plane).folder
    with pytest.raises(SweepError, match=r"holds 20 runs of this study.*Go on with --resume"):
        sweep(file, out=folder, model=models.plane)
    with pytest.raises(SweepError, match="runs of another study, scenario or territory"):
        sweep(study_file(chance="own"), out=folder, model=models.plane, resume=True)
    (folder / "study.json").write_text("{", encoding="utf-8")
    with pytest.raises(Exception, match=r"no readable study\.json"):
        sweep(file, out=folder, model=models.plane, resume=True)


def test_titles_and_thresholds_may_change_without_new_runs(study_file: Write, tmp_path: Path) -> None:
    folder = sweep(study_file(), out=tmp_path / "out", model=models.plane).folder
    before = runs_of(folder)
    sweep(study_file(thresholds={"y": {"at_most": 1}}), out=folder, model=models.plane, resume=True)
    after = load_sweep(folder)
    assert after.study.thresholds["y"].at_most == 1
    pd.testing.assert_frame_equal(before, after.runs, check_exact=True)


def test_chance_is_common_or_own(study_file: Write, tmp_path: Path) -> None:
    common = runs_of(sweep(study_file(), out=tmp_path / "common", model=models.draws))
    own = runs_of(sweep(study_file(chance="own"), out=tmp_path / "own", model=models.draws))
    assert len(set(common["y"])) == 1
    assert common["seed"].unique().tolist() == [1]
    assert own["y"].nunique() == len(own)
    assert own["seed"].is_unique


def test_an_outcome_that_is_never_computed_stops_the_first_run(study_file: Write, tmp_path: Path) -> None:
    told: list[int] = []
    with pytest.raises(ScenarioError, match=r"outcomes: found 'z', which the first run did not compute.*Known: y"):
        sweep(
            study_file(outcomes=["y", "z"]), out=tmp_path / "out", model=models.plane,
            progress=lambda done, _: told.append(done),
        )  # fmt: skip
    assert told == [0]
    assert json.loads((tmp_path / "out" / "study.json").read_text())["runs"] == 20


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_dies_ends_the_sweep_clearly(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        pytest.raises(SweepError, match=r"--cluster: found a cluster that could not go on"),
    ):
        sweep(file, out=tmp_path / "out", model=models.dies, cluster=cluster.scheduler_address)
    kept = runs_of(tmp_path / "out")
    whole = sweep(file, out=tmp_path / "whole", model=models.plane).runs
    same(whole[whole["run"].isin(kept["run"])].reset_index(drop=True), kept)


def test_a_model_that_other_processes_cannot_import_is_refused(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    with pytest.raises(SweepError, match=r"model: found .*lambda.*which other processes cannot import"):
        sweep(file, out=tmp_path / "out", model=lambda scenario: {"y": scenario.demand.factor}, workers=2)
    assert (sweep(file, out=tmp_path / "one", model=lambda scenario: {"y": 1.0}).runs["y"] == 1).all()


def test_whatever_goes_wrong_in_a_run_is_its_reason(study_file: Write, tmp_path: Path) -> None:
    swept = sweep(study_file(), out=tmp_path / "out", model=models.broken)
    assert (swept.runs["status"] == "failed").all()
    reasons = " ".join(swept.failures()["reason"])
    for word in ("infinite", "NoneType", "no such file", "AssertionError"):
        assert word in reasons
    text = swept.save(lang="en").read_text(encoding="utf-8")
    assert "y: no finished run gives a value." in text


def test_another_model_is_another_study(study_file: Write, tmp_path: Path) -> None:
    file = study_file()
    sweep(file, out=tmp_path / "out", model=models.plane)
    with pytest.raises(SweepError, match="runs of another study"):
        sweep(file, out=tmp_path / "out", model=models.draws, resume=True)
    titled = {**models.FACTORS, "demand.factor": {**models.ONE_WIDE, "title": {"en": "Needs"}}}
    sweep(study_file(uncertainties=titled), out=tmp_path / "out", model=models.plane, resume=True)


def test_a_slip_in_an_outcome_does_not_lock_the_folder(study_file: Write, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        sweep(study_file(outcomes=["z"]), out=tmp_path / "out", model=models.plane)
    assert len(sweep(study_file(), out=tmp_path / "out", model=models.plane).runs) == 20


def test_a_file_of_another_study_is_named(study_file: Write, tmp_path: Path) -> None:
    folder = sweep(study_file(), out=tmp_path / "out", model=models.plane).folder
    stranger = folder / "runs" / "run-0000099.parquet"
    pd.DataFrame({"run": [99], "z": [1.0]}).to_parquet(stranger)
    with pytest.raises(SweepError, match=r"run-0000099\.parquet: found other columns than the files beside it"):
        load_sweep(folder)


@pytest.mark.parametrize(("key", "value"), [("study", 5), ("runs", "a"), ("scenario", None), ("study", {"name": "x"})])
def test_a_broken_study_json_is_told(study_file: Write, tmp_path: Path, key: str, value: object) -> None:
    folder = sweep(study_file(), out=tmp_path / "out", model=models.plane).folder
    manifest = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    (folder / "study.json").write_text(json.dumps({**manifest, key: value}), encoding="utf-8")
    with pytest.raises(TableError, match=rf"study\.json, {key}"):
        load_sweep(folder)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", None])
def test_workers_are_a_whole_number(study_file: Write, tmp_path: Path, workers: Any) -> None:
    with pytest.raises(SweepError, match="workers: found"):
        sweep(study_file(), out=tmp_path / "out", model=models.plane, workers=workers)


def test_a_model_that_leaves_is_a_failed_run(study_file: Write, tmp_path: Path) -> None:
    runs = sweep(study_file(), out=tmp_path / "out", model=models.leaves).runs
    assert runs["status"].eq("failed").all()
    assert runs["reason"].eq("SystemExit: 3").all()
