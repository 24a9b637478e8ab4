//! Axes: what a number is on the page, and which numbers stand beside it.

/// How numbers become places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart; only for positive numbers.
    Log,
    /// Pixels of a page; nothing is drawn of the axis.
    Hidden,
}

/// An axis of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub(crate) title: String,
    pub(crate) scale: Scale,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) ticks: Vec<f64>,
    pub(crate) zero: bool,
}

impl Axis {
    /// A linear axis as wide as the numbers of the picture.
    pub fn linear(title: impl Into<String>) -> Axis {
        Axis {
            title: title.into(),
            scale: Scale::Linear,
            range: None,
            ticks: vec![],
            zero: false,
        }
    }

    /// A logarithmic axis as wide as the numbers of the picture.
    pub fn log(title: impl Into<String>) -> Axis {
        Axis {
            scale: Scale::Log,
            ..Axis::linear(title)
        }
    }

    pub(super) fn hidden(from: f64, to: f64) -> Axis {
        Axis {
            scale: Scale::Hidden,
            ..Axis::linear("").range(from, to)
        }
    }

    /// From one number to another; marks beyond them are drawn at the border.
    #[must_use]
    pub fn range(self, from: f64, to: f64) -> Axis {
        Axis {
            range: Some((from, to)),
            ..self
        }
    }

    /// The axis includes 0, whatever the numbers are.
    #[must_use]
    pub fn with_zero(self) -> Axis {
        Axis { zero: true, ..self }
    }

    /// The numbers that stand beside the axis.
    #[must_use]
    pub fn ticks(self, ticks: impl IntoIterator<Item = f64>) -> Axis {
        Axis {
            ticks: ticks.into_iter().collect(),
            ..self
        }
    }

    /// The place of a number on a line: itself, or its logarithm.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Log if value.is_finite() => value.max(1e-300).log10(),
            _ => value,
        }
    }

    /// First and last place, given all the numbers there are; always apart.
    pub(super) fn places(&self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        if let Some((from, to)) = self.range {
            return (self.place(from), self.place(to));
        }
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for value in values.filter(|v| v.is_finite()) {
            low = low.min(self.place(value));
            high = high.max(self.place(value));
        }
        if self.zero && low.is_finite() {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if !low.is_finite() {
            (0.0, 1.0)
        } else if high > low {
            (low, high)
        } else {
            (low - 0.5, high + 0.5)
        }
    }

    /// Places of the ticks between two places.
    pub(super) fn tick_places(&self, from: f64, to: f64) -> Vec<f64> {
        let within = |place: &f64| *place >= from - 1e-9 && *place <= to + 1e-9;
        if !self.ticks.is_empty() {
            let places = self.ticks.iter().map(|tick| self.place(*tick));
            return places.filter(within).collect();
        }
        if self.scale == Scale::Log {
            let powers = from.floor() as i32..=to.ceil() as i32;
            return powers.map(f64::from).filter(within).collect();
        }
        let step = grid_step(to - from);
        let first = (from / step).ceil() as i64;
        let last = ((to + step * 1e-9) / step).floor() as i64;
        (first..=last).map(|k| k as f64 * step).collect()
    }

    /// Words at a tick: the number at a place, in few digits.
    pub(super) fn label(&self, place: f64) -> String {
        match self.scale {
            Scale::Log => label(10f64.powf(place)),
            _ => label(place),
        }
    }
}

/// A step of 1, 2 or 5 times a power of 10 that fits a range about five times.
fn grid_step(range: f64) -> f64 {
    let rough = (range / 5.0).max(1e-300);
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough)
}

/// A number in few digits, without zeros at its end.
pub(super) fn label(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".into();
    }
    if value.abs() >= 1e5 || value.abs() < 1e-3 {
        let text = format!("{value:.2e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e{power}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_range() {
        let axis = Axis::linear("x");
        let labels = |axis: &Axis, from, to| -> Vec<String> {
            let places = axis.tick_places(from, to);
            places.iter().map(|place| axis.label(*place)).collect()
        };
        assert_eq!(
            labels(&axis, 0.0, 1.0),
            ["0", "0.2", "0.4", "0.6", "0.8", "1"]
        );
        assert_eq!(labels(&axis, -3.0, 14.0), ["0", "5", "10"]);
        assert_eq!(
            labels(&axis, 0.0, 2e5),
            ["0", "50000", "1e5", "1.5e5", "2e5"]
        );
        let log = Axis::log("tau").ticks([20.0, 100.0, 5000.0]);
        assert_eq!(labels(&log, 1.0, 3.0), ["20", "100"]);
    }

    #[test]
    fn an_axis_without_numbers_or_of_one_has_a_width() {
        let axis = Axis::linear("x");
        assert_eq!(axis.places(std::iter::empty()), (0.0, 1.0));
        assert_eq!(axis.places([2.0].into_iter()), (1.5, 2.5));
        assert_eq!(
            axis.places([f64::INFINITY, 1.0, 3.0].into_iter()),
            (1.0, 3.0)
        );
    }
}
