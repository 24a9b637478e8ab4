//! Networks on disk: checkpoints of a training (f64, with the optimiser's moments), and the small
//! form that is shipped (8-bit mantissas, a scale per neuron).

use super::float::optimise::{AdamW, AdamWMoments};
use super::float::{IbTrainer, Mlp};
use seamount_network::npy;
use seamount_reference::Matrix;
use seamount_session::files::Outputs;
use seamount_session::{Failure, npz};
use seamount_study::arrays::Archive;
use std::io;
use std::path::Path;

/// The largest 8-bit mantissa.
const MANTISSA_MAX: f64 = 127.0;

/// A training between two epochs.
#[derive(Debug, Clone, PartialEq)]
pub struct IbCheckpoint {
    /// Network, moments and number of updates.
    pub trainer: IbTrainer,
    /// Number of epochs that are done.
    pub epochs: usize,
    /// Seed it began from.
    pub seed: u64,
    /// Test accuracy after each epoch.
    pub accuracy: Vec<f64>,
}

fn shape(w: &Matrix) -> [u64; 2] {
    [w.rows() as u64, w.cols() as u64]
}

/// Writes a checkpoint, whole or not at all.
pub fn write_checkpoint(path: &Path, checkpoint: &IbCheckpoint) -> Result<(), Failure> {
    let trainer = &checkpoint.trainer;
    let write = |out: &mut io::BufWriter<std::fs::File>| {
        let mut archive = npz::Writer::new(out);
        let numbers = [
            checkpoint.epochs as i64,
            checkpoint.seed as i64,
            trainer.updates as i64,
            trainer.net.layers() as i64,
        ];
        archive.member("state", &npy::to_bytes(&[4], numbers))?;
        let mut put = |name: String, shape: &[u64], values: &[f64]| {
            archive.member(&name, &npy::to_bytes(shape, values.iter().copied()))
        };
        let accuracy = &checkpoint.accuracy;
        put("accuracy".into(), &[accuracy.len() as u64], accuracy)?;
        for (k, w) in trainer.net.weights.iter().enumerate() {
            let [of_weights, of_biases] = &trainer.moments[k];
            let n = [w.cols() as u64];
            put(format!("w{k}"), &shape(w), w.values())?;
            put(format!("w{k}_first"), &shape(w), &of_weights.first)?;
            put(format!("w{k}_second"), &shape(w), &of_weights.second)?;
            put(format!("b{k}"), &n, &trainer.net.biases[k])?;
            put(format!("b{k}_first"), &n, &of_biases.first)?;
            put(format!("b{k}_second"), &n, &of_biases.second)?;
        }
        archive.finish()
    };
    Outputs::renew(path, write)
}

/// Reads a checkpoint of a network of these sizes.
pub fn read_checkpoint(
    path: &Path,
    sizes: &[usize],
    optimiser: AdamW,
) -> Result<IbCheckpoint, Failure> {
    let mut archive = Archive::open(path)?;
    let state = archive
        .integers("state", &[Some(4)], "counts", |v| (0..1 << 48).contains(&v))
        .1;
    let accuracy = archive.floats("accuracy", &[None]).1;
    let mut moments = vec![];
    let mut net = Mlp {
        weights: vec![],
        biases: vec![],
    };
    for (k, pair) in sizes.windows(2).enumerate() {
        let two = [Some(pair[0] as u64), Some(pair[1] as u64)];
        let one = [Some(pair[1] as u64)];
        let w = archive.floats(&format!("w{k}"), &two).1;
        let mut of = |name: &str, wanted: &[Option<u64>]| AdamWMoments {
            first: archive.floats(&format!("{name}_first"), wanted).1,
            second: archive.floats(&format!("{name}_second"), wanted).1,
        };
        let both = [of(&format!("w{k}"), &two), of(&format!("b{k}"), &one)];
        moments.push(both);
        net.biases.push(archive.floats(&format!("b{k}"), &one).1);
        net.weights.push(Matrix::from_fn(pair[0], pair[1], |r, c| {
            w.get(r * pair[1] + c).copied().unwrap_or(0.0)
        }));
    }
    if state
        .get(3)
        .is_some_and(|layers| *layers != sizes.len() as i64 - 1)
    {
        archive.refuse(format!(
            "array 'state': {} layers, wanted {}",
            state[3],
            sizes.len() - 1
        ));
    }
    archive.end()?;
    let mut trainer = IbTrainer::new(net, optimiser);
    trainer.moments = moments;
    trainer.updates = state[2] as u64;
    Ok(IbCheckpoint {
        trainer,
        epochs: state[0] as usize,
        seed: state[1] as u64,
        accuracy,
    })
}

/// A network as 8-bit mantissas with a scale per neuron, in the bytes of an .npz file.
pub fn shrink(net: &Mlp) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    let mut archive = npz::Writer::new(&mut bytes);
    for (k, w) in net.weights.iter().enumerate() {
        let largest = |c: usize| (0..w.rows()).map(|r| w.at(r, c).abs()).fold(0.0, f64::max);
        let scale: Vec<f32> = (0..w.cols())
            .map(|c| (largest(c).max(1e-12) / MANTISSA_MAX) as f32)
            .collect();
        let mantissa = |i: usize, v: f64| {
            (v / f64::from(scale[i % w.cols()]))
                .round()
                .clamp(-MANTISSA_MAX, MANTISSA_MAX) as i8
        };
        let n = [w.cols() as u64];
        archive.member(
            &format!("w{k}"),
            &npy::to_bytes(
                &shape(w),
                w.values().iter().enumerate().map(|(i, v)| mantissa(i, *v)),
            ),
        )?;
        archive.member(
            &format!("scale{k}"),
            &npy::to_bytes(&n, scale.iter().copied()),
        )?;
        archive.member(
            &format!("b{k}"),
            &npy::to_bytes(&n, net.biases[k].iter().map(|b| *b as f32)),
        )?;
    }
    archive.finish()?;
    Ok(bytes)
}

/// A network from its small form.
pub fn grow(bytes: &[u8], name: &Path, sizes: &[usize]) -> Result<Mlp, Failure> {
    let mut archive = Archive::parse(name, bytes)?;
    let mut net = Mlp {
        weights: vec![],
        biases: vec![],
    };
    for (k, pair) in sizes.windows(2).enumerate() {
        let columns = Some(pair[1] as u64);
        let w = archive
            .floats(&format!("w{k}"), &[Some(pair[0] as u64), columns])
            .1;
        let scale = archive.floats(&format!("scale{k}"), &[columns]).1;
        net.biases
            .push(archive.floats(&format!("b{k}"), &[columns]).1);
        let weight = |r: usize, c: usize| Some(w.get(r * pair[1] + c)? * scale.get(c)?);
        net.weights.push(Matrix::from_fn(pair[0], pair[1], |r, c| {
            weight(r, c).unwrap_or(0.0)
        }));
    }
    archive.end()?;
    Ok(net)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_bit_by_bit_and_damage_is_refused() {
        let sizes = [5, 4, 3];
        let optimiser = AdamW {
            rate: 1e-3,
            decay: 0.0,
        };
        let mut trainer = IbTrainer::new(Mlp::random(&sizes, 3), optimiser);
        trainer.moments[1][0].second[2] = 0.125;
        trainer.updates = 77;
        let checkpoint = IbCheckpoint {
            trainer,
            epochs: 2,
            seed: 3,
            accuracy: vec![0.5, 0.75],
        };
        let path = std::env::temp_dir().join(format!("seamount-ib-{}.npz", std::process::id()));
        write_checkpoint(&path, &checkpoint).unwrap();
        assert_eq!(
            read_checkpoint(&path, &sizes, optimiser).unwrap(),
            checkpoint
        );
        let message = read_checkpoint(&path, &[5, 4, 2], optimiser)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("w1") && message.contains("b1"),
            "{message}"
        );
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(read_checkpoint(&path, &sizes, optimiser).is_err());
        let _ = std::fs::remove_file(&path);
    }

    #[test]
    fn the_small_form_is_near() {
        let net = Mlp::random(&[6, 5, 2], 9);
        let near = grow(&shrink(&net).unwrap(), Path::new("small"), &[6, 5, 2]).unwrap();
        assert!(near.weights[0].distance(&net.weights[0]) < 0.006);
        assert!(grow(b"PK", Path::new("small"), &[6, 5, 2]).is_err());
    }
}
