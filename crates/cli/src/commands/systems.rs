//! `seamount lab srnn-*`, `ahp`, `ib-hebbian`, `all`: thin covers of the lab's published systems.

use super::lab::{show, threads};
use crate::failure::Failure;
use crate::files::Outputs;
use crate::systems_args::{AhpArgs, AllArgs, EcgArgs, IbArgs, IbTask, SmnistArgs};
use seamount_systems::{ahp, all, ib, srnn};
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
    Outputs::after_report(path, |out| out.write_all(svg.as_bytes()))
}

/// `lab ib-hebbian`
pub fn ib(args: &IbArgs, json: bool) -> Result<(), Failure> {
    let task = match args.task {
        IbTask::Linear => ib::SmallTask::Linear,
        IbTask::Xor => ib::SmallTask::Xor,
        IbTask::Mnist => return ib_mnist(args, json),
    };
    let options = ib::SmallOptions {
        task,
        form: args.form.map_or(ib::XiForm::Released, Into::into),
        chip: !args.no_chip,
        seeds: u64::from(args.seeds),
        epochs: usize::from(args.epochs),
        reservoir: args.reservoir.map(usize::from),
        threads: threads(args.threads),
    };
    show("epochs", json, |progress| {
        ib::small::run(&options, progress)
    })
}

fn ib_mnist(args: &IbArgs, json: bool) -> Result<(), Failure> {
    let outputs: Vec<&std::path::Path> = [&args.checkpoint, &args.weights_out]
        .into_iter()
        .flatten()
        .map(|p| p.as_path())
        .collect();
    Outputs::expect(&outputs)?;
    let options = ib::MnistOptions {
        data: args.data.clone(),
        mnist: args.mnist.clone(),
        epochs: args.train.map(usize::from),
        weights: args.weights.clone(),
        samples: args
            .samples
            .as_deref()
            .map(super::qif::samples)
            .transpose()?,
        form: args.form.map_or(ib::XiForm::Gradient, Into::into),
        seed: u64::from(args.seed),
        checkpoint: args.checkpoint.clone(),
        resume: args.resume,
        frozen: args.frozen,
        threads: threads(args.threads),
    };
    let mut net = None;
    show("updates", json, |progress| {
        let (report, trained) = ib::mnist::run(&options, progress)?;
        net = Some(trained);
        Ok(report)
    })?;
    let (Some(path), Some(net)) = (&args.weights_out, net) else {
        return Ok(());
    };
    Outputs::after_report(path, |out| out.write_all(&ib::stored::shrink(&net)?))
}

/// `lab all`
pub fn all(args: &AllArgs, json: bool) -> Result<(), Failure> {
    let options = all::AllOptions {
        data: args.data.clone(),
        only: args.only.clone(),
        threads: threads(args.threads),
    };
    show("entries", json, |progress| all::run(&options, progress))
}
