//! The two small tasks: a line through the plane, and XOR with noise.

use seamount_reference::Draws;

/// Samples and labels of a task, training then test.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallSamples {
    /// Training samples.
    pub train: Vec<Vec<f64>>,
    /// Labels of the training samples.
    pub train_labels: Vec<usize>,
    /// Test samples.
    pub test: Vec<Vec<f64>>,
    /// Labels of the test samples.
    pub test_labels: Vec<usize>,
}

const TRAIN: usize = 900;
const TEST: usize = 100;

fn task(
    seed: u64,
    stream: u64,
    mut sample: impl FnMut(&mut Draws) -> (Vec<f64>, usize),
) -> SmallSamples {
    let mut draws = Draws::new(seed, stream);
    let (mut samples, mut labels): (Vec<Vec<f64>>, Vec<usize>) =
        (0..TRAIN + TEST).map(|_| sample(&mut draws)).unzip();
    let test = samples.split_off(TRAIN);
    let test_labels = labels.split_off(TRAIN);
    SmallSamples {
        train: samples,
        train_labels: labels,
        test,
        test_labels,
    }
}

/// Standard normal points; the label says on which side of a random line through the origin.
pub fn linear(seed: u64) -> SmallSamples {
    let angle = Draws::new(seed, 0x6c69_6e65).uniform_in(0.0, std::f64::consts::TAU);
    let a = angle.cos();
    let b = angle.sin();
    task(seed, 1, |draws| {
        let x = vec![draws.normal(), draws.normal()];
        let label = usize::from(a * x[0] + b * x[1] > 0.0);
        (x, label)
    })
}

/// Corners of a square (0 or 1 each) with normal noise of 0.1; the label is their exclusive or.
pub fn xor(seed: u64) -> SmallSamples {
    task(seed, 2, |draws| {
        let bits = [draws.chance(0.5), draws.chance(0.5)];
        let x = bits
            .iter()
            .map(|b| f64::from(u8::from(*b)) + 0.1 * draws.normal())
            .collect();
        (x, usize::from(bits[0] != bits[1]))
    })
}
