"""Sweeps: the same table from every engine, and nothing is lost when something dies."""

import concurrent.futures
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sweep_tasks as tasks

import seamount as sm

HERE = Path(__file__).parent
GRID = {"threshold": [50, 100, 200], "decay": [100, 400, 1600, 4095], "seed": [1]}


@pytest.fixture(autouse=True)
def workers_import_tasks(monkeypatch):
    """Spawned processes find the tasks as this one does."""
    there = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(HERE), there])))


def table(sweep):
    """What must not depend on the engine."""
    return [(line["point"], line.get("result"), line["images"]) for line in sweep.lines]


@pytest.fixture(scope="module")
def wanted():
    serial = sm.sweep(tasks.spikes_of, GRID, workers=0)
    assert len(serial) == 12 and not serial.errors
    assert len({line["images"][0] for line in serial.lines}) == 12
    assert len({result["spikes"] for result in serial.results}) > 3
    return table(serial)


def test_a_pool_gives_the_same_table(wanted, tmp_path):
    file = tmp_path / "points.jsonl"
    found = sm.sweep(tasks.spikes_of, GRID, workers=2, file=file)
    assert table(found) == wanted
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 12
    assert all(line["seamount"] == sm.__version__ and line["images"] for line in lines)
    records = found.records()
    assert records[0].keys() == {"threshold", "decay", "seed", "spikes", "fj"}
    assert [r["threshold"] for r in records] == [50] * 4 + [100] * 4 + [200] * 4


def test_threads_give_the_same_table(wanted):
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        assert table(sm.sweep(tasks.spikes_of, GRID, executor=executor)) == wanted


def test_dask_gives_the_same_table_and_outlives_a_worker(wanted, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        assert table(sm.sweep(tasks.spikes_of, GRID, executor=executor)) == wanted
        victim = next(iter(cluster.workers.values()))
        seen = []

        def kill(done, all):
            seen.append(done)
            if done == 5:
                os.kill(victim.pid, 9)

        found = sm.sweep(tasks.slow, {"index": range(40)}, executor=executor, progress=kill)
        assert found.results == [index * index for index in range(40)]
        assert seen == list(range(1, 41)) and not found.errors


def test_finished_points_are_skipped_and_failed_ones_are_not(tmp_path):
    file = tmp_path / "points.jsonl"
    first = sm.sweep(tasks.bad, {"index": range(4)}, workers=0, file=file)
    assert first.results == [0, 1, None, 3]
    assert first.errors[0]["error"] == "RuntimeError: no two"
    assert "error" in first.records()[2] and "1 failed" in repr(first)
    again = []
    second = sm.sweep(
        tasks.bad, {"index": range(6)}, workers=0, file=file,
        progress=lambda done, all: again.append(done),
    )
    assert len(again) == 3, "points 2, 4 and 5"
    assert second.results == [0, 1, None, 3, 4, 5]
    assert len(file.read_text().splitlines()) == 7


def test_a_killed_sweep_goes_on(tmp_path):
    file = tmp_path / "points.jsonl"
    program = subprocess.Popen([sys.executable, tasks.__file__, str(file)], start_new_session=True)
    begun = time.monotonic()
    while not file.exists() or file.read_bytes().count(b"\n") < 5:
        assert program.poll() is None and time.monotonic() - begun < 60
        time.sleep(0.01)
    os.killpg(program.pid, 9)
    program.wait()
    done = file.read_bytes().count(b"\n")
    assert 5 <= done < 60
    file.write_bytes(file.read_bytes() + b'{"point": {"ind')  # killed within a line
    ran = []
    # the task of the program is of its module __main__, but has the same name
    found = sm.sweep(
        tasks.slow, {"index": range(60)}, workers=2, file=file,
        progress=lambda done, all: ran.append(done),
    )
    assert found.results == [index * index for index in range(60)]
    assert len(ran) == 60 - done
    assert len(file.read_text().splitlines()) == 60


def test_a_thousand_points_outlive_dead_workers(tmp_path):
    """Both workers are killed in the middle, twice; every point is there once."""
    import multiprocessing

    file = tmp_path / "points.jsonl"
    kills = []

    def kill(done, all):
        if done in (200, 600):
            kills.append(done)
            for worker in multiprocessing.active_children():
                os.kill(worker.pid, 9)

    grid = {"index": range(1000)}
    found = sm.sweep(tasks.square, grid, workers=2, file=file, progress=kill)
    assert kills == [200, 600]
    assert found.results == [index * index for index in range(1000)] and not found.errors
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert sorted(line["point"]["index"] for line in lines) == list(range(1000))


def test_a_point_that_kills_its_process_is_found(tmp_path):
    grid = {"index": range(8), "folder": [str(tmp_path)]}
    found = sm.sweep(tasks.kills_itself, grid, workers=2)
    assert found.results == [0, 1, 2, 3, 4, None, 6, 7]
    assert "died 2 times" in found.errors[0]["error"]


def test_shards_make_one_table(wanted, tmp_path, monkeypatch):
    file = tmp_path / "points.jsonl"
    for own in (0, 1):
        part = sm.sweep(tasks.spikes_of, GRID, file=file, shard=(own, 3), workers=0)
        assert len(part) == 4
    for name, value in (("ID", "7"), ("MIN", "5"), ("COUNT", "3")):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    sm.sweep(tasks.spikes_of, GRID, file=file, shard="slurm", workers=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"points.{own}-of-3.jsonl" for own in range(3)
    ]
    ran = []
    whole = sm.sweep(
        tasks.spikes_of, GRID, file=file, workers=0, progress=lambda done, all: ran.append(done)
    )
    assert table(whole) == wanted and ran == []


def test_an_image_goes_along_and_tells_files_apart(tmp_path):
    def network(weight):
        net = sm.Network("one")
        net.connect(net.input("in", 8), net.lif("out", 4, threshold_mantissa=50), weight)
        return net.compile()

    file = tmp_path / "points.jsonl"
    image = network(20)
    grid = {"seed": np.arange(4)}
    found = sm.sweep(tasks.accuracy_of, grid, image=image, workers=2, file=file)
    assert all(line["images"] == [image.fingerprint] for line in found.lines)
    assert found.results == sm.sweep(tasks.accuracy_of, grid, image=image, workers=0).results
    before = file.read_bytes()
    with pytest.raises(sm.InputError, match="of other images than") as caught:
        sm.sweep(tasks.accuracy_of, grid, image=network(30), file=file, workers=0)
    assert len(caught.value.findings) == 4
    with pytest.raises(sm.InputError, match="of task accuracy_of, this is square"):
        sm.sweep(tasks.square, {"seed": [0]}, file=file, workers=0)
    file.write_bytes(before.replace(sm.__version__.encode(), b"0.0.9"))
    with pytest.raises(sm.InputError, match="of seamount 0.0.9, this is"):
        sm.sweep(tasks.accuracy_of, grid, image=image, file=file, workers=0)


def test_a_callback_stops_and_what_is_finished_stays(tmp_path):
    file = tmp_path / "points.jsonl"
    with pytest.raises(KeyboardInterrupt):
        sm.sweep(tasks.slow, {"index": range(50)}, file=file, workers=2,
                 progress=lambda done, all: done < 4)
    assert 4 <= len(file.read_text().splitlines()) < 50


WRONG = [
    ({"task": 5}, "task: 5 cannot be called"),
    ({"grid": {"index": 5}}, r"grid\['index'\]: 5 is no list"),
    ({"grid": {"index": "abc"}}, "is no list"),
    ({"grid": {"index": [object()]}}, r"grid\['index'\]: holds object"),
    ({"grid": [3]}, r"grid\[0\]: 3 is no dict"),
    ({"shard": (3, 3)}, "shard"),
    ({"shard": "slurm"}, "SLURM_ARRAY_TASK_ID"),
    ({"shard": 5}, "no pair"),
    ({"workers": -1}, "workers"),
    ({"executor": 5}, "no submit"),
    ({"image": 5}, "image: int is no image"),
    ({"task": lambda index: index, "workers": 1}, "task: cannot go to another process"),
    ({"file": "/proc/nowhere/points.jsonl"}, "cannot be written"),
]


@pytest.mark.parametrize(("options", "text"), WRONG)
def test_wrong_calls(options, text):
    call = {"task": tasks.square, "grid": {"index": [1, 2]}, "workers": 0} | options
    with pytest.raises(sm.SeamountError, match=text) as caught:
        sm.sweep(call.pop("task"), call.pop("grid"), **call)
    assert caught.value.findings


def test_a_task_that_processes_cannot_import_is_said_so(tmp_path, monkeypatch):
    (tmp_path / "gone.py").write_text("def task(index):\n    return index\n")
    monkeypatch.syspath_prepend(tmp_path)
    import gone

    (tmp_path / "gone.py").unlink()
    (tmp_path / "gone.py").write_text("raise OSError('no such thing')\n")
    with pytest.raises(sm.UsageError, match="cannot be imported by another process: OSError"):
        sm.sweep(gone.task, {"index": range(3)}, workers=2)


def test_a_file_that_is_no_sweep_is_left_alone(tmp_path):
    file = tmp_path / "notes.jsonl"
    for text in ("my notes\n", "{}\n", "[1]\n", '{"point": 3}\n'):
        file.write_text(text)
        with pytest.raises(sm.InputError, match="line 1: is no line of a sweep"):
            sm.sweep(tasks.square, {"index": [1]}, file=file, workers=0)
        assert file.read_text() == text
    file.write_text("notes without an end")
    with pytest.raises(sm.InputError, match="the last line: is no line of a sweep"):
        sm.sweep(tasks.square, {"index": [1]}, file=file, workers=0)
    assert file.read_text() == "notes without an end"


def test_a_result_that_json_cannot_hold_is_an_error_of_its_point():
    found = sm.sweep(tasks.spikes_of, [{"threshold": "many", "decay": 5}], workers=0)
    assert found.errors and "threshold" in found.errors[0]["error"]
