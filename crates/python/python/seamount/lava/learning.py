"""Learning rules with Lava's parameters; their texts are those of the chip's learning engine."""

from __future__ import annotations

from typing import Any

from ..errors import UsageError

__all__ = ["Loihi2FLearningRule", "LoihiLearningRule", "STDPLoihi"]


class LoihiLearningRule:
    """Changes of weight, delay and tag as sums of products, and the traces in them.

    A trace rises by its impulse with each spike and decays by its time constant, in steps.
    """

    def __init__(
        self,
        dw: str | None = None,
        dd: str | None = None,
        dt: str | None = None,
        x1_impulse: float = 0.0,
        x1_tau: float = 0.0,
        x2_impulse: float = 0.0,
        x2_tau: float = 0.0,
        y1_impulse: float = 0.0,
        y1_tau: float = 0.0,
        y2_impulse: float = 0.0,
        y2_tau: float = 0.0,
        y3_impulse: float = 0.0,
        y3_tau: float = 0.0,
        t_epoch: int = 1,
        rng_seed: int | None = None,
    ) -> None:
        self.dw_str, self.dd_str, self.dt_str = dw, dd, dt
        self.x1_impulse, self.x1_tau = x1_impulse, x1_tau
        self.x2_impulse, self.x2_tau = x2_impulse, x2_tau
        self.y1_impulse, self.y1_tau = y1_impulse, y1_tau
        self.y2_impulse, self.y2_tau = y2_impulse, y2_tau
        self.y3_impulse, self.y3_tau = y3_impulse, y3_tau
        self.t_epoch = t_epoch
        self.rng_seed = rng_seed


class Loihi2FLearningRule(LoihiLearningRule):
    """A rule with two factors: the same here as :class:`LoihiLearningRule`."""


def _literal(name: str, value: float) -> str:
    """A number as the rules write it: a mantissa of -8 to 7 times a power of two."""
    mantissa, exponent = float(value), 0
    if mantissa == 0:
        return "0"
    while mantissa != int(mantissa) and exponent > -16:
        mantissa, exponent = mantissa * 2, exponent - 1
    while abs(mantissa) > 7 and mantissa % 2 == 0:
        mantissa, exponent = mantissa / 2, exponent + 1
    if mantissa != int(mantissa) or abs(mantissa) > 7:
        problem = f"{value} is no number of -7..=7 times a power of two, which the chip can hold"
        raise UsageError(name, problem)
    text = f"{int(abs(mantissa))}*2^{exponent}"
    return f"-{text}" if mantissa < 0 else text


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


class STDPLoihi(Loihi2FLearningRule):
    """Pair-based STDP: impulses of 16, ``A_plus`` at post spikes and ``A_minus`` at pre spikes."""

    def __init__(
        self,
        learning_rate: float,
        A_plus: float,
        A_minus: float,
        tau_plus: float,
        tau_minus: float,
        **more: Any,
    ) -> None:
        self.learning_rate = learning_rate
        self.A_plus, self.A_minus = A_plus, A_minus
        self.tau_plus, self.tau_minus = tau_plus, tau_minus
        minus = _literal("learning_rate * A_minus", float(learning_rate) * float(A_minus))
        plus = _literal("learning_rate * A_plus", float(learning_rate) * float(A_plus))
        super().__init__(
            dw=f"{minus}*x0*y1 {_signed(plus)}*y0*x1",
            x1_impulse=more.pop("x1_impulse", 16),
            x1_tau=tau_plus,
            y1_impulse=more.pop("y1_impulse", 16),
            y1_tau=tau_minus,
            **more,
        )
