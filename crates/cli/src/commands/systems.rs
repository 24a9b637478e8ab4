//! `seamount lab srnn-*`, `ahp`, `ib-hebbian`, `all`: thin covers of the lab's published systems.

use super::lab::{show, threads};
use crate::failure::Failure;
use crate::systems_args::{AhpArgs, EcgArgs, SmnistArgs};
use seamount_session::files::Outputs;
use seamount_systems::{ahp, srnn};
use std::io::Write;

/// `lab srnn-ecg`
pub fn ecg(args: &EcgArgs, json: bool) -> Result<(), Failure> {
    let options = srnn::ecg::EcgOptions {
        data: args.data.clone(),
        samples: args.samples.clone(),
        weight_bits: args.weight_bits.into_iter().collect(),
        threads: threads(args.threads),
    };
    show("traces", json, |progress| {
        srnn::ecg::run(&options, progress)
    })
}

/// `lab srnn-smnist`
pub fn smnist(args: &SmnistArgs, json: bool) -> Result<(), Failure> {
    let options = srnn::smnist::SmnistOptions {
        data: args.data.clone(),
        mnist: args.mnist.clone(),
        samples: args
            .samples
            .as_deref()
            .map(super::qif::samples)
            .transpose()?,
        images: args.images,
        permuted: args.permuted,
        order: args.order.into(),
        weight_bits: Some(args.weight_bits),
        check: Some(args.check),
        float_only: args.float_only,
        float32: args.float32,
        threads: threads(args.threads),
    };
    show("images", json, |progress| {
        srnn::smnist::run(&options, progress)
    })
}

/// `lab ahp`
pub fn ahp(args: &AhpArgs, json: bool) -> Result<(), Failure> {
    if let Some(path) = &args.figure {
        Outputs::expect(&[path])?;
    }
    let options = ahp::AhpOptions {
        data: args.data.clone(),
        mnist: args.mnist.clone(),
        samples: args
            .samples
            .as_deref()
            .map(super::qif::samples)
            .transpose()?,
        images: args.images,
        ablation_only: args.ablation_only,
        threads: threads(args.threads),
    };
    let mut svg = String::new();
    show("images", json, |progress| {
        let report = ahp::run(&options, progress)?;
        svg = ahp::figure::svg(&report);
        Ok(report)
    })?;
    let Some(path) = &args.figure else {
        return Ok(());
    };
    Outputs::write_one(path, |out| out.write_all(svg.as_bytes()))
}
