"""What a run did: recordings and counts as arrays, energy and time by named profiles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _seamount
from ._arrays import count
from ._tree import tree
from .charts import Chart, Drawn, Report, charts_of
from .errors import UsageError

if TYPE_CHECKING:
    from .chip import Chip
    from .image import Image

__all__ = ["Energy", "Recording", "Run"]

_EVENTS = _seamount.event_names()
_COUNTS = np.dtype([(name, "u8") for name in _EVENTS])


def profile_wishes(
    profile: str | Iterable[str] | None, chosen: dict[str, int] | None
) -> dict[str, Any]:
    """Profiles and chosen numbers as the native half takes them."""
    names = [] if profile is None else [profile] if isinstance(profile, str) else list(profile)
    numbers = {str(k): count(f"chosen[{k!r}]", v) for k, v in (chosen or {}).items()}
    return {"profiles": [str(name) for name in names], "chosen": list(numbers.items())}


@dataclass(frozen=True)
class Energy:
    """Dynamic energy of a run by one profile, in femtojoules; static energy is never in it."""

    profile: str
    """Name of the profile."""
    source: str
    """Where its prices come from."""
    dynamic_fj: int | None
    """Everything that is priced; None if the profile prices nothing of what happened."""
    by_unit: dict[str, int]
    """By unit: synapses, neurons, spikes and axons, mesh, learning."""
    by_event: dict[str, int | None]
    """By kind of event; None where the profile gives no price."""
    by_core: list[int]
    """By core, in the order of the image."""
    by_layer: dict[str, int]
    """By population; of a core that holds several, a share by compartments."""
    host_fj: int
    """Events of the host, which are of no core and no layer."""
    unknown: tuple[str, ...]
    """Events that happened and have no price: then the sum is a lower bound."""
    static_power_uw: int | None
    """Static power of a chip, microwatts, where the profile gives one."""

    @property
    def nJ(self) -> float | None:
        """The dynamic energy in nanojoules."""
        return None if self.dynamic_fj is None else self.dynamic_fj * 1e-6

    @property
    def uJ(self) -> float | None:
        """The dynamic energy in microjoules."""
        return None if self.dynamic_fj is None else self.dynamic_fj * 1e-9


class Recording:
    """One recording: a table of steps x neurons."""

    def __init__(self, native: _seamount.Recording) -> None:
        self._native = native

    @property
    def name(self) -> str:
        """Name of the probe."""
        return self._native.name

    @property
    def register(self) -> str:
        """Register that the probe reads."""
        return self._native.register

    @property
    def steps(self) -> NDArray[np.uint64]:
        """Step of each row, counted from 1."""
        return self._native.steps

    @property
    def neurons(self) -> NDArray[np.uint32]:
        """Neuron of each column; of a learned variable its synapse."""
        return self._native.neurons

    @cached_property
    def values(self) -> NDArray[Any]:
        """The values, (steps, neurons): bool of spikes, int32 of registers, not copied."""
        return self._native.values()

    @property
    def events(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Step and neuron of every value that is not 0, in order of time."""
        rows, columns = self._native.nonzero()
        return self.steps[rows], self.neurons[columns]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        values = self.values if dtype is None else self.values.astype(dtype, copy=False)
        return values.copy() if copy else values

    @property
    def shape(self) -> tuple[int, int]:
        """Number of steps and of neurons."""
        return (len(self.steps), len(self.neurons))

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        return f"Recording({self.name!r}: {self.register}, {self.shape[0]} x {self.shape[1]})"


class Run(Drawn):
    """What a run did. ``run["out.spike"]`` is the recording of that probe."""

    chip: Chip | None = None
    """The chip, of a run that was made by :meth:`seamount.Image.run`."""

    def __init__(
        self,
        native: _seamount.Run,
        image: Image,
        profiles: list[str],
        chosen: list[tuple[str, int]],
    ) -> None:
        self._native = native
        self.image = image
        self._profiles = profiles
        self._chosen = chosen

    @property
    def before(self) -> int:
        """Number of the last step before the run."""
        return self._native.before

    @property
    def steps(self) -> int:
        """Number of steps that were run."""
        return self._native.steps

    @property
    def wall_seconds(self) -> float:
        """Seconds that the run took on this machine."""
        return self._native.wall_seconds

    @cached_property
    def recordings(self) -> dict[str, Recording]:
        """Recordings by the names of their probes."""
        found = (Recording(native) for native in self._native.recordings)
        return {recording.name: recording for recording in found}

    def __getitem__(self, probe: str) -> Recording:
        try:
            return self.recordings[probe]
        except KeyError:
            there = ", ".join(self.recordings) or "none: record=False, or the image has no probes"
            raise KeyError(f"no recording {probe!r}; there are: {there}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.recordings)

    def __contains__(self, probe: object) -> bool:
        return probe in self.recordings

    @property
    def sums(self) -> dict[str, int]:
        """Sum of all values of each probe, kept or not: of spikes their number."""
        return {name: total for name, total, _ in self._native.sums}

    def counts(self) -> dict[str, int]:
        """Number of events of each kind, of the whole chip."""
        return dict(zip(_EVENTS, self._native.total(), strict=True))

    def by_core(self) -> NDArray[Any]:
        """Number of events of each core: a structured array (cores,), a field for each kind."""
        return self._native.by_core().view(_COUNTS)[:, 0]

    def by_step(self) -> NDArray[Any]:
        """Number of events of each step, of a run with ``per_step=True``: as :meth:`by_core`."""
        table = self._native.by_step()
        if len(table) == 0 and self.steps:
            raise UsageError("by_step", "was not kept; run with per_step=True")
        return table.view(_COUNTS)[:, 0]

    def by_layer(self, profile: str = "davies2018") -> dict[str, int]:
        """Dynamic energy of each population, femtojoules."""
        return self.energy(profile).by_layer

    @property
    def report(self) -> Report:
        """The report as the command's ``run --json`` has it, by the profiles of the run.

        ``run.report("run.html")`` writes it as a page with its charts, which needs no network.
        """
        return Report(
            tree(self._native.report(self._profiles, self._chosen)[0]),
            lambda path: self._native.write_page(path, self._profiles, self._chosen),
        )

    def page(self) -> str:
        """The page of the run, HTML, as ``run.report("run.html")`` writes it."""
        return self._native.page(self._profiles, self._chosen)

    def charts(self) -> dict[str, Chart]:
        """The charts of the page, by their names: of whatever was kept of the run.

        Spikes and membranes are those of the probes; events by step need ``per_step=True``, times
        by step a ``fidelity``; learned weights a chip that has not gone on since.
        """
        return charts_of(self._native.charts(self._profiles, self._chosen))

    def __str__(self) -> str:
        return self._native.report(self._profiles, self._chosen)[1]

    def energies(self) -> dict[str, Energy]:
        """Energy by every built-in profile, never mixed."""
        data = json.loads(self._native.report([], [])[0])
        return {one["profile"]: _energy(one) for one in data["energy"]}

    def energy(self, profile: str) -> Energy:
        """Energy by one profile: a built-in one, or a .toml file of one's own."""
        data = json.loads(self._native.report([str(profile)], [])[0])
        return _energy(data["energy"][0])

    @property
    def time(self) -> dict[str, dict[str, Any]]:
        """Time by each profile of the run; empty with fidelity ``count``.

        ``duration_ps``, ``ps_per_step``, ``most_ps``, ``stages``, ``critical``, ``cores``, ...
        """
        return {one["profile"]: one for one in self.report["time"]}

    def neurobench(self) -> dict[str, Any]:
        """The run's sums under NeuroBench's names."""
        return dict(self.report["neurobench"])

    def __repr__(self) -> str:
        spikes = self.counts()["spikes"]
        return f"Run({self.steps} steps, {spikes} spikes, recordings: {', '.join(self) or 'none'})"

    def _summary_html(self) -> str:
        from ._html import table

        rows: list[tuple[Any, ...]] = [(k, f"{v:,}") for k, v in self.counts().items() if v]
        for energy in self.energies().values():
            bound = "at least " if energy.unknown else ""
            known = "unknown" if energy.uJ is None else f"{bound}{energy.uJ:.6g} uJ"
            rows.append((f"energy by {energy.profile}", known))
        return table(("what", "number"), rows, caption=repr(self))


def _energy(data: dict[str, Any]) -> Energy:
    return Energy(
        profile=data["profile"],
        source=data["source"],
        dynamic_fj=data["dynamic_fj"],
        by_unit={one["unit"]: one["energy_fj"] for one in data["by_unit"]},
        by_event={one["event"]: one["energy_fj"] for one in data["by_event"]},
        by_core=[one["dynamic_fj"] for one in data["by_core"]],
        by_layer={one["layer"]: one["dynamic_fj"] for one in data["by_layer"]},
        host_fj=data["host_fj"],
        unknown=tuple(data["unknown"]),
        static_power_uw=data["static_power_uw"],
    )
