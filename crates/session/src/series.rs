//! A number of every step of a run, kept in bounded memory: a long run is a row of equally long
//! pieces, of which sum and largest number are known.

use serde::{Deserialize, Serialize};

/// Most pieces that are kept; as soon as there are more, neighbours become one.
const PIECES_MAX: usize = 1024;

/// A number of every step, in pieces of equally many steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KeptSeries", into = "KeptSeries")]
pub struct StepSeries {
    first: u64,
    width: u64,
    steps: u64,
    pieces: Vec<StepsPiece>,
}

/// Some consecutive steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepsPiece {
    /// Number of steps.
    pub steps: u64,
    /// Sum of the numbers of its steps.
    pub sum: u64,
    /// Largest number of one step.
    pub most: u64,
}

/// A series in a file: first step, steps of a piece, and the pieces.
#[derive(Serialize, Deserialize)]
struct KeptSeries(u64, u64, Vec<StepsPiece>);

impl From<StepSeries> for KeptSeries {
    fn from(series: StepSeries) -> KeptSeries {
        KeptSeries(series.first, series.width, series.pieces)
    }
}

impl TryFrom<KeptSeries> for StepSeries {
    type Error = &'static str;

    /// All pieces but the last are full.
    fn try_from(kept: KeptSeries) -> Result<StepSeries, &'static str> {
        let KeptSeries(first, width, pieces) = kept;
        let full = pieces.len().saturating_sub(1);
        let sound = width.is_power_of_two()
            && width < 1 << 50
            && pieces.len() <= PIECES_MAX
            && pieces[..full].iter().all(|piece| piece.steps == width)
            && pieces[full..]
                .iter()
                .all(|piece| (1..=width).contains(&piece.steps));
        match sound {
            true => Ok(StepSeries {
                first,
                width,
                steps: pieces.iter().map(|piece| piece.steps).sum(),
                pieces,
            }),
            false => Err("no series of steps"),
        }
    }
}

impl StepSeries {
    /// A series whose first number is that of step `first`.
    pub fn new(first: u64) -> StepSeries {
        StepSeries {
            first,
            width: 1,
            steps: 0,
            pieces: vec![],
        }
    }

    /// The number of the next step.
    pub fn push(&mut self, number: u64) {
        let at = (self.steps / self.width) as usize;
        if at == PIECES_MAX {
            self.halve();
            return self.push(number);
        }
        if at == self.pieces.len() {
            self.pieces.push(StepsPiece::default());
        }
        let piece = &mut self.pieces[at];
        piece.steps += 1;
        piece.sum = piece.sum.saturating_add(number);
        piece.most = piece.most.max(number);
        self.steps += 1;
    }

    fn halve(&mut self) {
        let both = |two: &[StepsPiece]| StepsPiece {
            steps: two.iter().map(|piece| piece.steps).sum(),
            sum: two
                .iter()
                .fold(0, |sum: u64, piece| sum.saturating_add(piece.sum)),
            most: two.iter().map(|piece| piece.most).max().unwrap_or(0),
        };
        self.pieces = self.pieces.chunks(2).map(both).collect();
        self.width *= 2;
    }

    /// Steps of a piece; the last one may have fewer.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// Steps in all.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// First step and numbers of each piece.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, StepsPiece)> + '_ {
        let numbered = (0..).zip(&self.pieces);
        numbered.map(|(at, piece)| (self.first + at * self.width, *piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_every_step_once() {
        let mut series = StepSeries::new(11);
        for number in 0..5000 {
            series.push(number);
        }
        assert_eq!(series.width(), 8);
        let pieces: Vec<_> = series.pieces().collect();
        assert_eq!(pieces.len(), 625);
        assert_eq!(pieces[1].0, 19);
        assert_eq!(pieces[1].1.sum, (8..16).sum::<u64>());
        assert_eq!(pieces[1].1.most, 15);
        assert_eq!(pieces.iter().map(|p| p.1.steps).sum::<u64>(), 5000);
        let sum: u64 = pieces.iter().map(|p| p.1.sum).sum();
        assert_eq!(sum, (0..5000).sum::<u64>());
    }
}
