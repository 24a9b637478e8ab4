"""A float reference beside the chip, two images beside each other, learning rules judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _seamount
from ._arrays import count
from ._open import graph_bytes, wishes
from ._tree import tree
from .charts import Chart, Drawn, Report, charts_of
from .errors import FileError, InputError, UsageError
from .events import native_spikes
from .image import Image
from .network import Network
from .run import Recording

__all__ = ["Comparison", "Reference", "Seen", "Validation", "compare", "validate"]


class Comparison(Drawn):
    """Where two runs of one network part: ``data`` for programs, ``str()`` for people."""

    def __init__(self, native: _seamount.Comparison) -> None:
        self._native = native
        self.data: dict[str, Any] = tree(native.report())
        """The comparison as the command's ``compare --json`` has it."""

    @property
    def report(self) -> Report:
        """The same as ``data``.

        ``comparison.report("compare.html")`` writes it as a page with its charts, which needs no
        network.
        """
        return Report(self.data, self._native.write_page)

    def charts(self) -> dict[str, Chart]:
        """The charts of the page, by their names: spikes and membranes that differ, by layer."""
        return charts_of(self._native.charts())

    @property
    def layers(self) -> list[dict[str, Any]]:
        """What differs in each layer; of a float graph between floats and chip as a whole."""
        return list(self.whole["layers"])

    @property
    def whole(self) -> dict[str, Any]:
        """The comparison itself: ``first_spike``, ``first_voltage``, ``layers``, ``outputs``.

        Of a float graph ``data`` has two more, ``parameters`` and ``registers``: what the integer
        parameters change, and what the widths of registers change on top.
        """
        return dict(self.data.get("whole", self.data))

    def __str__(self) -> str:
        return self._native.text()

    def __repr__(self) -> str:
        return f"Comparison({len(self.layers)} layers)"


def compare(
    a: Any,
    b: Image | Network | None = None,
    *,
    steps: int,
    spikes: Any = None,
    tolerance: float | None = None,
    calibrate: bool = False,
    **options: Any,
) -> Comparison:
    """Puts a float graph beside itself on the chip, or two images beside each other.

    Parameters
    ----------
    a
        A float graph: the path of a .nir file, its bytes, or a ``nir.NIRGraph``. Or an image, or
        a network, which is then compiled.
    b
        The other image, or network; absent for a float graph.
    steps
        Number of steps of both runs, from rest.
    spikes
        Input spikes without payloads, as :meth:`seamount.Chip.run` takes them.
    tolerance
        Differences of a voltage up to this count as none, in thresholds (of float graphs).
    calibrate
        Choose scales by what the float reference does with the spikes.
    **options
        How a float graph becomes integers, as in :func:`seamount.open`.

    Returns
    -------
    Comparison
        By layer; the first spike that only one has; of a float graph also how much of the
        difference each cause has.
    """
    number = count("steps", steps)
    if b is not None or isinstance(a, (Image, Network)):
        if b is None:
            raise UsageError("b", "with which other image or network is a compared?")
        if options or calibrate or tolerance is not None:
            raise UsageError("compare", "chip beside chip is compared bit by bit, without options")
        images = [_image(name, one) for name, one in (("a", a), ("b", b))]
        arrays = native_spikes(spikes, images[0]._native.inputs)
        natives = [image._native for image in images]
        return Comparison(_seamount.compare_chips(natives[0], natives[1], number, arrays))
    path, data = graph_bytes(a)
    asked = wishes(options)
    opened = _seamount.open_file(path, data, False, asked)
    if not isinstance(opened, _seamount.Network) or opened.quantised() is None:
        raise InputError(str(path), "is no float graph; compare two images of it")
    arrays = native_spikes(spikes, opened.inputs)
    beside = {
        "steps": number,
        "tolerance": None if tolerance is None else float(tolerance),
        "calibrate": bool(calibrate),
    }
    return Comparison(_seamount.compare_floats(path, data, asked, beside, arrays))


def _image(name: str, one: Any) -> Image:
    if isinstance(one, Network):
        return one.compile()
    if isinstance(one, Image):
        return one
    raise UsageError(name, f"{type(one).__name__} is neither an image nor a network")


class Validation(Drawn):
    """A judged learning rule: :attr:`passed`, :attr:`report`, :attr:`tables`, :attr:`pictures`."""

    def __init__(self, native: _seamount.Verdict) -> None:
        self._native = native

    @property
    def passed(self) -> bool:
        """Whether every tolerance holds."""
        return self._native.passed

    @property
    def report(self) -> Report:
        """The report as the command's ``validate --json`` has it.

        ``validation.report("rule.html")`` writes it as a page with its pictures, which needs no
        network.
        """
        return Report(tree(self._native.report), self._native.write_page)

    def charts(self) -> dict[str, Chart]:
        """The pictures of the report as charts, by their names."""
        return charts_of(self._native.charts())

    @property
    def warnings(self) -> list[str]:
        """What is worth knowing, a sentence each."""
        return self._native.warnings

    @property
    def tables(self) -> dict[str, str]:
        """Tables of the report as CSV, by the name of their file."""
        return dict(self._native.tables)

    @property
    def pictures(self) -> dict[str, str]:
        """Pictures of the report as SVG, by the name of their file."""
        return dict(self._native.pictures)

    def require(self) -> Validation:
        """Raises :class:`seamount.InputError` with the report, unless the rule passed."""
        if not self.passed:
            raise InputError("rule", f"a tolerance is exceeded\n{self}")
        return self

    def __str__(self) -> str:
        return self._native.text

    def __repr__(self) -> str:
        return f"Validation({'passed' if self.passed else 'failed'})"


class Seen:
    """What a run of one seed saw: what a float reference needs to compute its own changes."""

    def __init__(self, native: _seamount.Seen) -> None:
        self._native = native

    @property
    def seed(self) -> int:
        """The seed of network, stimulus and chip."""
        return self._native.seed

    @property
    def steps(self) -> int:
        """Number of steps of the run."""
        return self._native.steps

    @property
    def projection(self) -> str:
        """Name of the projection that is asked for; of a rule ``plastic``."""
        return self._native.projection

    @property
    def rows(self) -> npt.NDArray[np.uint64]:
        """Steps after which weights are compared; the last is the end of the run."""
        return self._native.rows

    @property
    def ends(self) -> npt.NDArray[np.uint32]:
        """Source and target of each synapse, (synapses, 2), by source, then target."""
        return self._native.ends

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Weights at the start, (synapses,), in steps of an 8-bit weight."""
        return self._native.weights

    @property
    def source_spikes(self) -> npt.NDArray[np.int64]:
        """Step and source of each spike that reached the synapses of a rule, (spikes, 2).

        Steps count from 1. Empty for a network, whose input is the caller's own.
        """
        return self._native.source_spikes

    @property
    def target_spikes(self) -> npt.NDArray[np.int64]:
        """Step and target of each spike of a rule's targets on the chip, (spikes, 2)."""
        return self._native.target_spikes

    @property
    def rewards(self) -> npt.NDArray[np.uint64]:
        """Steps in which a reward of a rule came, one for each reward."""
        return self._native.rewards

    @property
    def recordings(self) -> dict[str, Recording]:
        """Recordings of a network's probes, by name."""
        found = (Recording(native) for native in self._native.recordings)
        return {recording.name: recording for recording in found}

    def __repr__(self) -> str:
        return f"Seen(seed {self.seed}, {self.projection}, {len(self.weights)} synapses)"


Reference = Callable[[Seen], npt.ArrayLike]
"""A float side: the change of each weight over the run, (synapses,), or (rows, synapses)."""


def validate(
    rule: str | Path | Mapping[str, Any],
    *,
    seeds: int | None = None,
    reference: Reference | Mapping[str, Reference] | None = None,
) -> Validation:
    """Judges a learning rule on the chip against its meaning in real numbers.

    ``rule`` is the path of a rule file (.toml), or a dictionary with its sections: ``rule``,
    ``network``, ``stimulus``, ``float``, ``report``, ``tolerance`` (docs/validate.md).
    Files that a dictionary names are looked for in the working folder. ``seeds``: seeds 1 to this
    one are judged; absent, as many as by the command.

    ``reference`` is a float side of one's own, called for each seed with what the run saw
    (:class:`Seen`). It returns the change of each weight since the start, (synapses,) over the
    whole run or (rows, synapses). For a file with a table ``netlist`` it is a dictionary, with a
    function for each projection that is judged. What it raises is raised here.
    """
    number = None if seeds is None else count("seeds", seeds, 1, 1000)
    functions = _functions(reference)
    if isinstance(rule, Mapping):
        try:
            text = _seamount.toml_text(json.dumps(rule))
        except TypeError as error:
            raise InputError("rule", f"holds what is no number, text or list: {error}") from error
        return Validation(_seamount.validate_rule("rule", text, Path("."), number, functions))
    path = Path(rule)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(str(path), f"cannot be read: {error}") from error
    native = _seamount.validate_rule(str(path), text, path.parent, number, functions)
    return Validation(native)


def _functions(reference: Any) -> Any:
    """The reference as the native module takes it: a function, or names with functions."""
    if reference is None:
        return None
    named = reference if isinstance(reference, Mapping) else {"reference": reference}
    wrong = [
        f"{name}: {type(one).__name__} cannot be called"
        for name, one in named.items()
        if not callable(one)
    ]
    if wrong:
        raise UsageError("reference", "\n".join(wrong))
    if isinstance(reference, Mapping):
        return [(str(name), one) for name, one in reference.items()]
    return reference
