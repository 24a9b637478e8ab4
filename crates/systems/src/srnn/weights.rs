//! The trained networks, from the archives of their authors.

use super::SetFile;
use crate::srnn::float::{Dense, Layer, Network, Neurons};
use seamount_reference::Matrix;
use seamount_session::Failure;
use seamount_study::arrays::Archive;
use seamount_study::datasets::Datasets;
use std::path::Path;

/// Height of the adaptation of an adaptive neuron.
const BETA: f64 = 1.8;
/// b before the first step.
const ADAPTATION_START: f64 = 0.01;

/// Weights `[post][pre]` and bias of a module.
fn dense(archive: &mut Archive, name: &str, targets: usize, sources: usize) -> Dense {
    let shape = [Some(targets as u64), Some(sources as u64)];
    let weights = archive.floats(&format!("{name}.weight"), &shape).1;
    let bias = vector(archive, &format!("{name}.bias"), targets);
    // what is missing or misshapen is a problem of the archive, and nothing is built
    Dense::new(
        &Matrix::from_fn(targets, sources, |r, c| {
            weights.get(r * sources + c).copied().unwrap_or(0.0)
        }),
        bias,
    )
}

fn vector(archive: &mut Archive, name: &str, length: usize) -> Vec<f64> {
    let mut values = archive.floats(name, &[Some(length as u64)]).1;
    values.resize(length, 0.0);
    values
}

fn neurons(archive: &mut Archive, name: &str, size: usize, base: f64, beta: f64) -> Neurons {
    let tau = [format!("tau_m_{name}"), format!("tau_adp_{name}")].map(|array| {
        let values = archive.floats(&array, &[Some(size as u64)]).1;
        if let Some(at) = values.iter().position(|tau| *tau <= 0.0) {
            archive.refuse(format!(
                "array '{array}': element {at} is {}; a time constant is above 0",
                values[at]
            ));
        }
        values
    });
    Neurons::new(&tau[0], &tau[1], base, beta, ADAPTATION_START)
}

/// The 4-36-6 network on ECG: 36 neurons that do not adapt, 6 that do; threshold 0.1 (the script
/// says 0.01, with which the weights score 30 %).
pub fn ecg(data: Option<&Path>) -> Result<Network, Failure> {
    const FILE: &str = "ecg_srnn36_acc0.859.npz";
    let mut archive = Archive::open(&SetFile::weights(FILE).path(&Datasets::new(data))?)?;
    let a = &mut archive;
    let layers = vec![
        Layer {
            name: "hidden".into(),
            input: dense(a, "i2h", 36, 4),
            recurrent: Some(dense(a, "h2h", 36, 36)),
            neurons: neurons(a, "h", 36, 0.1, 0.0),
        },
        Layer {
            name: "output".into(),
            input: dense(a, "h2o", 6, 36),
            recurrent: None,
            neurons: neurons(a, "o", 6, 0.1, BETA),
        },
    ];
    archive.end()?;
    Ok(Network { layers })
}

/// The 8-64r-256r-256-10 network on sequential MNIST: all neurons adapt, threshold 0.01.
pub fn smnist(data: Option<&Path>) -> Result<Network, Failure> {
    const FILE: &str = "smnist_srnn_acc98.21.npz";
    let mut archive = Archive::open(&SetFile::weights(FILE).path(&Datasets::new(data))?)?;
    let a = &mut archive;
    let mut layer =
        |name: &str, size: usize, before: usize, input: &str, own: Option<&str>| Layer {
            name: name.into(),
            input: dense(a, input, size, before),
            recurrent: own.map(|own| dense(a, own, size, size)),
            neurons: neurons(a, name, size, 0.01, BETA),
        };
    let layers = vec![
        layer("r1", 64, 8, "i2h", Some("h2h")),
        layer("r2", 256, 64, "h2d", Some("d2d")),
        layer("d1", 256, 256, "dense1", None),
        layer("o", 10, 256, "d2o", None),
    ];
    archive.end()?;
    Ok(Network { layers })
}
