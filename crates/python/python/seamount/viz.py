"""Pictures of a run for papers, by matplotlib, which must be installed.

Every function draws into ``ax``, or into a new figure, and returns the axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UsageError

if TYPE_CHECKING:
    from .run import Run

__all__ = ["energy", "membranes", "raster", "steps"]


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError as error:
        raise UsageError("viz", "needs matplotlib: pip install matplotlib") from error
    return pyplot.subplots(figsize=(7, 3.2), layout="constrained")[1]


def raster(run: Run, *probes: str, ax: Any = None) -> Any:
    """Spikes as ticks over steps; populations above each other, all spike probes if none is named.
    """
    names = list(probes) or [n for n, r in run.recordings.items() if r.register == "spike"]
    if not names:
        raise UsageError("raster", "the run has no recording of spikes")
    ax = _axes(ax)
    height = 0
    for name in names:
        recording = run[name]
        rows, columns = np.nonzero(recording.values)
        ax.plot(recording.steps[rows], columns + height, "|", markersize=3, label=name)
        height += recording.shape[1]
    ax.set(xlabel="step", ylabel="neuron", ylim=(-0.5, height - 0.5))
    _legend(ax, len(names))
    return ax


def membranes(run: Run, probe: str, neurons: Any = range(3), ax: Any = None) -> Any:
    """A recorded register over steps: columns of the recording, the first three if not said."""
    recording = run[probe]
    ax = _axes(ax)
    columns = [int(column) for column in neurons if int(column) < recording.shape[1]]
    for column in columns:
        label = f"neuron {recording.neurons[column]}"
        ax.plot(recording.steps, recording.values[:, column], linewidth=1, label=label)
    ax.set(xlabel="step", ylabel=recording.register)
    _legend(ax, len(columns))
    return ax


def energy(run: Run, profile: str = "davies2018", ax: Any = None) -> Any:
    """Dynamic energy of each population by one profile, in nanojoules; static energy is not in it.
    """
    by = run.energy(profile)
    ax = _axes(ax)
    layers = list(by.by_layer)
    ax.barh(layers[::-1], [by.by_layer[layer] * 1e-6 for layer in layers[::-1]])
    bound = ", a lower bound" if by.unknown else ""
    ax.set(xlabel=f"dynamic energy by {profile}, nJ{bound}", xlim=(0, None))
    return ax


def steps(run: Run, event: str = "synaptic_operations", ax: Any = None) -> Any:
    """Events of one kind by step, of a run with ``per_step=True``."""
    table = run.by_step()
    if event not in (table.dtype.names or ()):
        raise UsageError("event", f"{event!r} is no kind of event")
    ax = _axes(ax)
    first = run.before + 1
    ax.plot(np.arange(first, first + len(table)), table[event], linewidth=1)
    ax.set(xlabel="step", ylabel=event.replace("_", " "), ylim=(0, None))
    return ax


def _legend(ax: Any, entries: int) -> None:
    # above the axes, where it hides nothing
    if entries > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=min(entries, 4), frameon=False)
