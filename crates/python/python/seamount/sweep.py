"""Sweeps over parameters by the ecosystem's engines: process pools, Dask, MPI, Slurm arrays.

A sweep calls a function for every point of a grid. Whatever has the interface of
``concurrent.futures.Executor`` runs the calls; what this module adds is a file with a line for
each finished point, so that a sweep which was stopped or killed goes on where it was.
"""

from __future__ import annotations

import concurrent.futures as futures
import itertools
import json
import multiprocessing
import os
import pickle
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import _seamount
from ._arrays import count
from ._used import watched
from .chip import progress_bar
from .errors import FileError, Finding, InputError, UsageError
from .image import Image

__all__ = ["Sweep", "sweep"]

# Points that other executors hold at a time; pools of our own hold two for each worker.
_WINDOW = 256
# How often a point may be alone in a pool that breaks before it is held for the cause.
_ALONE = 2


class Sweep:
    """The points of a sweep with what came of each, in the order of the grid."""

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.lines = lines
        """A dict for each finished point: ``point``, ``result`` or ``error``, ``seconds``,
        ``images`` (fingerprints of the images that ran), ``seamount`` (version), ``task``."""

    @property
    def results(self) -> list[Any]:
        """What the task returned for each point; None where it failed."""
        return [line.get("result") for line in self.lines]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The lines of points whose task raised, with ``error``."""
        return [line for line in self.lines if "error" in line]

    def records(self) -> list[dict[str, Any]]:
        """A flat dict for each point, parameters and results side by side, as pandas takes them.

        A result that is no dict stands under ``result``.
        """
        flat = []
        for line in self.lines:
            result = line.get("result")
            columns = result if isinstance(result, dict) else {"result": result}
            record = line["point"] | columns
            if "error" in line:
                record["error"] = line["error"]
            flat.append(record)
        return flat

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        failed = len(self.errors)
        return f"Sweep({len(self)} points{f', {failed} failed' if failed else ''})"

    def _repr_html_(self) -> str:
        from ._html import table

        records = self.records()
        names = list(dict.fromkeys(name for record in records for name in record))
        rows = [[record.get(name, "") for name in names] for record in records[:200]]
        return table(names, rows, caption=repr(self))


def _plain(place: str, value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(f"{place}[{key!r}]", each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(f"{place}[{at}]", each) for at, each in enumerate(value)]
    problem = f"holds {type(value).__name__}, wanted numbers, texts, lists or dicts of them"
    raise InputError(place, (Finding("", problem, "wrong_type"),))


def _points(grid: Any) -> list[dict[str, Any]]:
    """The points of a grid, each once."""
    if isinstance(grid, Mapping):
        columns = []
        for name, values in grid.items():
            if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
                raise UsageError(f"grid[{name!r}]", f"{values!r} is no list of values")
            columns.append([_plain(f"grid[{name!r}]", value) for value in values])
        names = [str(name) for name in grid]
        points = [dict(zip(names, each, strict=True)) for each in itertools.product(*columns)]
    else:
        points = []
        for at, point in enumerate(grid):
            if not isinstance(point, Mapping):
                raise UsageError(f"grid[{at}]", f"{point!r} is no dict of parameters")
            points.append(_plain(f"grid[{at}]", point))
    unique = {_key(point): point for point in points}
    return list(unique.values())


def _key(point: Mapping[str, Any]) -> str:
    return json.dumps(point, sort_keys=True)


def _task_name(task: Callable[..., Any]) -> str:
    inner = getattr(task, "func", task)  # of functools.partial
    return str(getattr(inner, "__qualname__", type(inner).__qualname__))


@dataclass
class _Call:
    """What a worker does for a point: everything in it can be pickled."""

    task: Callable[..., Any]
    image: Image | None

    def __call__(self, point: dict[str, Any]) -> dict[str, Any]:
        begun = time.perf_counter()
        arguments = point if self.image is None else {"image": self.image} | point
        line: dict[str, Any] = {"point": point}
        with watched() as fingerprints:
            try:
                line["result"] = _plain("the task's result", self.task(**arguments))
            # one bad point must not end a sweep
            except (Exception, SystemExit) as error:  # noqa: BLE001
                line["error"] = f"{type(error).__name__}: {error}"
        if self.image is not None:
            fingerprints.setdefault(self.image.fingerprint, None)
        line["images"] = list(fingerprints)
        line["seamount"] = _seamount.version()
        line["task"] = _task_name(self.task)
        line["seconds"] = time.perf_counter() - begun
        return line


class _Lines:
    """The file of finished points: a line each, added as it comes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: Any = None

    def open(self) -> None:
        """Opens the file for more lines; what a kill left behind the last whole one is cut off."""
        if self._path is None:
            return
        try:
            self._file = self._path.open("a+b")
            self._file.seek(0)
            whole = self._file.read().rfind(b"\n") + 1
            self._file.truncate(whole)
        except OSError as error:
            raise FileError(str(self._path), f"cannot be written: {error}") from error

    def add(self, line: dict[str, Any]) -> None:
        """Writes a finished point."""
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise FileError(str(self._path), f"cannot be written: {error}") from error

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()


def _read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file; none of a file that is not there."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error}") from error
    *whole, rest = data.split(b"\n")
    start = b'{"point": '
    if not (rest.startswith(start) or start.startswith(rest)):
        finding = Finding("the last line", "is no line of a sweep", "syntax")
        raise InputError(str(path), (finding,))
    lines = []
    for number, text in enumerate(whole, 1):
        try:
            line = json.loads(text)
            _key(line["point"])
            line["seamount"], line["task"], line["images"]
        except (ValueError, TypeError, KeyError) as error:
            finding = Finding(f"line {number}", "is no line of a sweep", "syntax")
            raise InputError(str(path), (finding,)) from error
        lines.append(line)
    return lines


def _finished(
    paths: list[Path], task: str, image: Image | None, wanted: set[str]
) -> dict[str, dict[str, Any]]:
    """Finished points of this sweep; failed ones are tried again."""
    found: dict[str, dict[str, Any]] = {}
    wrong = []
    for path in paths:
        for number, line in enumerate(_read(path), 1):
            key = _key(line["point"])
            if key not in wanted or "error" in line:
                continue
            differs = []
            if line["seamount"] != _seamount.version():
                differs.append(f"of seamount {line['seamount']}, this is {_seamount.version()}")
            if line["task"] != task:
                differs.append(f"of task {line['task']}, this is {task}")
            if image is not None and image.fingerprint not in line["images"]:
                differs.append(f"of other images than {image.fingerprint}")
            if differs:
                place = f"{path.name}, line {number}"
                wrong.append(Finding(place, f"is {' and '.join(differs)}", "rule"))
            found[key] = line
    if wrong:
        raise InputError(str(paths[0]), tuple(wrong))
    return found


def _shard(shard: Any) -> tuple[int, int] | None:
    """Number of the shard and number of shards."""
    if shard is None:
        return None
    if shard == "slurm":
        names = ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT")
        missing = [name for name in names if name not in os.environ]
        if missing:
            raise UsageError("shard", f"'slurm' wants an array job; {', '.join(missing)} not set")
        own, least, many = (int(os.environ[name]) for name in names)
        shard = (own - least, many)
    try:
        own, many = shard
    except (TypeError, ValueError) as error:
        raise UsageError("shard", f"{shard!r} is no pair (number, of how many)") from error
    many = count("shard: of how many", many, 1)
    return (count("shard: number", own, 0, many - 1), many)


def _files(
    file: str | Path | None, shard: tuple[int, int] | None
) -> tuple[Path | None, list[Path]]:
    """The file that is written, and all that may hold finished points."""
    if file is None:
        return None, []
    path = Path(file)
    sibling = re.compile(re.escape(path.stem) + r"\.\d+-of-\d+" + re.escape(path.suffix))
    folder = path.parent
    names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    shards = [folder / name for name in names if sibling.fullmatch(name)]
    if shard is not None:
        own, many = shard
        path = path.with_name(f"{path.stem}.{own}-of-{many}{path.suffix}")
    return path, [path, *(each for each in shards if each != path)]


def sweep(
    task: Callable[..., Any],
    grid: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]],
    *,
    file: str | Path | None = None,
    executor: Any = None,
    workers: int | None = None,
    shard: tuple[int, int] | str | None = None,
    image: Image | None = None,
    progress: bool | Callable[[int, int], Any] = False,
) -> Sweep:
    """Calls ``task(**point)`` for every point of a grid and collects what it returns.

    Parameters
    ----------
    task
        A function that a process can import (of a module, not a lambda). It returns a number, or
        a dict of numbers, texts and lists. A point whose task raises is a line with ``error``;
        the others go on.
    grid
        A dict of lists, of which every combination is a point, the last name fastest; or an
        iterable of dicts.
    file
        A .jsonl file that each finished point is added to as it comes. Points that are in it are
        not run again, failed ones are.
    executor
        Whatever has the interface of ``concurrent.futures.Executor``, such as Dask's
        ``client.get_executor()`` or ``mpi4py.futures.MPIPoolExecutor()``. Absent, a pool of
        ``workers`` processes that is made anew if one of them dies.
    workers
        Processes of that pool; absent, one for each processor; 0 runs in this process.
    shard
        (number, of how many): only every so many points, into a file of their own
        (``name.0-of-8.jsonl``); ``"slurm"`` takes both from an array job. Without ``shard`` the
        same call then reads the files of all shards.
    image
        An image that goes to every call as ``image=``.
    progress
        True shows a bar; a callable is given (done, total) after each point and may return False
        to stop.

    Returns
    -------
    Sweep
        All points of the grid, or of the shard, in order.

    >>> def task(a, b):
    ...     return {"sum": a + b}
    >>> sweep(task, {"a": [1, 2], "b": [10]}, workers=0).records()
    [{'a': 1, 'b': 10, 'sum': 11}, {'a': 2, 'b': 10, 'sum': 12}]
    """
    if not callable(task):
        raise UsageError("task", f"{task!r} cannot be called")
    if image is not None and not isinstance(image, Image):
        raise UsageError("image", f"{type(image).__name__} is no image; compile the network")
    chosen = _shard(shard)
    points = _points(grid)
    if chosen is not None:
        points = points[chosen[0] :: chosen[1]]
    wanted = {_key(point): point for point in points}
    path, sources = _files(file, chosen)
    found = _finished(sources, _task_name(task), image, set(wanted))
    missing = [point for key, point in wanted.items() if key not in found]
    lines = _Lines(path)
    if missing:
        lines.open()
    call = _Call(task, image)
    total = len(wanted)
    try:
        with progress_bar(progress, "points") as tell:
            for line in _ran(call, missing, executor, workers):
                found[_key(line["point"])] = line
                lines.add(line)
                if tell is not None and tell(len(found), total) is False:
                    raise KeyboardInterrupt("the callback returned False")
    finally:
        lines.close()
    return Sweep([found[key] for key in wanted])


def _ran(
    call: _Call, points: list[dict[str, Any]], executor: Any, workers: int | None
) -> Iterator[dict[str, Any]]:
    """Finished points as they come."""
    if not points:
        return
    if executor is not None:
        if not callable(getattr(executor, "submit", None)):
            problem = f"{type(executor).__name__} has no submit(): no concurrent.futures executor"
            raise UsageError("executor", problem)
        yield from _by_others(call, points, executor)
        return
    number = count("workers", (os.cpu_count() or 1) if workers is None else workers, 0, 4096)
    if number == 0:
        yield from map(call, points)
        return
    yield from _by_pool(call, points, min(number, len(points)))


def _by_others(
    call: _Call, points: list[dict[str, Any]], executor: Any
) -> Iterator[dict[str, Any]]:
    """Points by an executor of the caller's, which knows best what to do when a worker dies."""
    waiting = deque(points)
    running: set[Any] = set()
    try:
        while waiting or running:
            while waiting and len(running) < _WINDOW:
                running.add(executor.submit(call, waiting.popleft()))
            done, running = futures.wait(running, return_when=futures.FIRST_COMPLETED)
            # all that are finished come out before one that failed ends the sweep
            for future in sorted(done, key=lambda one: one.exception() is not None):
                yield _line(future)
    finally:
        for future in running:
            future.cancel()


def _packed(call: _Call) -> bytes:
    """The call as bytes. What cannot be pickled is found here: a pool that finds it may hang when
    it is shut down."""
    try:
        return pickle.dumps(call)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UsageError("task", f"cannot go to another process: {error}") from error


# What a process of a pool of ours runs; sent once, for an image may be large.
_installed: _Call | UsageError | None = None


def _install(packed: bytes) -> None:
    """Begins a process of a pool."""
    global _installed
    try:
        _installed = pickle.loads(packed)
    except Exception as error:  # noqa: BLE001  whatever a module raises when it is imported
        problem = f"cannot be imported by another process: {type(error).__name__}: {error}"
        _installed = UsageError("task", problem)


def _run_installed(point: dict[str, Any]) -> dict[str, Any]:
    if isinstance(_installed, UsageError):
        raise _installed
    assert _installed is not None
    return _installed(point)


@contextmanager
def _pool(workers: int, packed: bytes) -> Iterator[futures.ProcessPoolExecutor]:
    """A pool that is left at once when something is raised."""
    # a fork would take threads and locks of this process along in whatever state they are
    context = multiprocessing.get_context("spawn")
    pool = futures.ProcessPoolExecutor(workers, context, _install, (packed,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _by_pool(
    call: _Call, points: list[dict[str, Any]], workers: int
) -> Iterator[dict[str, Any]]:
    """Points by processes. A pool breaks as a whole when one of them dies: it is made anew, and
    the points that were in it run one at a time, so that one that kills its process is found."""
    waiting = deque(points)
    packed = _packed(call)
    while waiting:
        with _pool(workers, packed) as pool:
            running: dict[Any, dict[str, Any]] = {}
            broken = False
            while (waiting or running) and not broken:
                broken = not _filled(pool, waiting, running, 2 * workers)
                # a pool that broke ends all of its futures
                until = futures.ALL_COMPLETED if broken else futures.FIRST_COMPLETED
                for future in futures.wait(running, return_when=until).done:
                    if isinstance(future.exception(), futures.BrokenExecutor):
                        broken = True
                        continue
                    del running[future]
                    yield _line(future)
            if broken:
                futures.wait(running)
        for future, point in running.items():
            died = isinstance(future.exception(), futures.BrokenExecutor)
            yield _alone(call, packed, point) if died else _line(future)


def _filled(
    pool: futures.Executor,
    waiting: deque[dict[str, Any]],
    running: dict[Any, dict[str, Any]],
    window: int,
) -> bool:
    """Submits points up to a window; False if the pool is broken."""
    while waiting and len(running) < window:
        try:
            future = pool.submit(_run_installed, waiting[0])
        except futures.BrokenExecutor:
            return False
        running[future] = waiting.popleft()
    return True


def _line(future: Any) -> dict[str, Any]:
    """What a finished call returned; a call that could not be made is wrong usage."""
    error = future.exception()
    if isinstance(error, (pickle.PicklingError, AttributeError, TypeError)):
        # of an executor of the caller's; a task's own errors are in its line
        raise UsageError("task", f"cannot go to another process: {error}") from error
    line: dict[str, Any] = future.result()
    return line


def _alone(call: _Call, packed: bytes, point: dict[str, Any]) -> dict[str, Any]:
    """A point in a process of its own."""
    for _ in range(_ALONE):
        with _pool(1, packed) as pool:
            try:
                return _line(pool.submit(_run_installed, point))
            except futures.BrokenExecutor:
                continue
    return {
        "point": point,
        "error": f"its process died {_ALONE} times",
        "images": [],
        "seamount": _seamount.version(),
        "task": _task_name(call.task),
        "seconds": 0.0,
    }
