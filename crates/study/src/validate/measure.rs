//! Distances between chip and float: errors of every synapse or unit at one time, and how they grow
//! over a run.

use super::chip::Frame;
use serde::Serialize;

/// Errors of one variable of all synapses, or one trace of all units, at one time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Errors {
    /// Mean size.
    pub mean: f64,
    /// Half are below.
    pub median: f64,
    /// 90 % are below.
    pub p90: f64,
    /// 99 % are below.
    pub p99: f64,
    /// Largest.
    pub max: f64,
}

impl Errors {
    /// Errors between two lists of equal length, element by element.
    pub fn of(a: &[f64], b: &[f64]) -> Errors {
        let mut sizes: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - b).abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            sizes
                .get(((sizes.len() as f64 - 1.0) * q).round().max(0.0) as usize)
                .copied()
                .unwrap_or(0.0)
        };
        Errors {
            mean: mean(&sizes),
            median: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: quantile(1.0),
        }
    }
}

/// Mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / (values.len() as f64).max(1.0)
}

/// One variable or trace at one time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Step.
    pub step: u64,
    /// Errors.
    pub errors: Errors,
    /// Mean on the chip.
    pub chip: f64,
    /// Mean of the float side.
    pub float: f64,
    /// Cosine of what has accumulated since the start; 1 while nothing has. Variables only.
    pub cosine: Option<f64>,
    /// Share of synapses that moved the same way, of those the float side moved by half a unit at
    /// least. Variables only; absent where none moved.
    pub same_sign: Option<f64>,
}

/// One variable or trace over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Course {
    /// w, d, t, x1, x2, y1, y2, y3 or r1.
    pub name: &'static str,
    /// In order of steps.
    pub rows: Vec<Row>,
}

impl Course {
    /// The last row.
    pub fn last(&self) -> &Row {
        self.rows.last().expect("a run has a start")
    }

    /// Mean of the mean errors.
    pub fn mean_error(&self) -> f64 {
        mean(&self.rows.iter().map(|r| r.errors.mean).collect::<Vec<_>>())
    }

    /// Largest error.
    pub fn max_error(&self) -> f64 {
        self.rows.iter().map(|r| r.errors.max).fold(0.0, f64::max)
    }
}

/// Cosine of two vectors; 1 if both are 0, 0 if one is.
pub fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let aa = dot(a, a);
    let bb = dot(b, b);
    match (aa > 0.0, bb > 0.0) {
        (true, true) => dot(a, b) / (aa * bb).sqrt(),
        (false, false) => 1.0,
        _ => 0.0,
    }
}

/// Share of equal signs where the second moved by half a unit at least.
pub fn same_sign(a: &[f64], b: &[f64]) -> Option<f64> {
    let moved: Vec<bool> = a
        .iter()
        .zip(b)
        .filter(|(_, b)| b.abs() >= 0.5)
        .map(|(a, b)| a * b > 0.0)
        .collect();
    let same = moved.iter().filter(|s| **s).count() as f64;
    (!moved.is_empty()).then(|| same / moved.len() as f64)
}

/// A variable over time.
pub fn variable(name: &'static str, index: usize, chip: &[Frame], float: &[Frame]) -> Course {
    let since = |frames: &[Frame], at: usize| -> Vec<f64> {
        frames[at].variables[index]
            .iter()
            .zip(&frames[0].variables[index])
            .map(|(now, start)| now - start)
            .collect()
    };
    let row = |at: usize| {
        let a = &chip[at].variables[index];
        let b = &float[at].variables[index];
        let da = since(chip, at);
        let db = since(float, at);
        Row {
            step: chip[at].step,
            errors: Errors::of(a, b),
            chip: mean(a),
            float: mean(b),
            cosine: Some(cosine(&da, &db)),
            same_sign: same_sign(&da, &db),
        }
    };
    Course {
        name,
        rows: (0..chip.len()).map(row).collect(),
    }
}

/// How far along the second list's update from first to last frame the first list has come; 0 if
/// there is none.
pub fn along(index: usize, chip: &[Frame], float: &[Frame]) -> f64 {
    let update = |frames: &[Frame]| -> Vec<f64> {
        let (start, end) = (
            frames.first().expect("a run has a start"),
            frames.last().expect("a run has a start"),
        );
        end.variables[index]
            .iter()
            .zip(&start.variables[index])
            .map(|(w, s)| w - s)
            .collect()
    };
    let moved = update(chip);
    let goal = update(float);
    let dot = |a: &[f64]| a.iter().zip(&goal).map(|(a, b)| a * b).sum::<f64>();
    dot(&moved) / dot(&goal).max(f64::MIN_POSITIVE)
}

/// A trace, or with index 5 the reward, over time.
pub fn trace(name: &'static str, index: usize, chip: &[Frame], float: &[Frame]) -> Course {
    let of = |frame: &Frame| {
        if index < 5 {
            frame.traces[index].clone()
        } else {
            vec![frame.reward]
        }
    };
    let row = |(a, b): (&Frame, &Frame)| {
        let chip = of(a);
        let float = of(b);
        Row {
            step: a.step,
            errors: Errors::of(&chip, &float),
            chip: mean(&chip),
            float: mean(&float),
            cosine: None,
            same_sign: None,
        }
    };
    Course {
        name,
        rows: chip.iter().zip(float).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_angles() {
        let errors = Errors::of(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(
            (errors.mean, errors.median, errors.p99, errors.max),
            (2.0, 2.0, 4.0, 4.0)
        );
        assert_eq!(Errors::of(&[], &[]), Errors::default());
        assert!((cosine(&[1.0, 0.0], &[1.0, 1.0]) - 0.5f64.sqrt()).abs() < 1e-15);
        assert_eq!((cosine(&[0.0], &[0.0]), cosine(&[0.0], &[1.0])), (1.0, 0.0));
        assert_eq!(
            same_sign(&[1.0, -1.0, 0.0, 9.0], &[2.0, 2.0, 3.0, 0.1]),
            Some(1.0 / 3.0)
        );
        assert_eq!(same_sign(&[1.0], &[0.0]), None);
    }
}
