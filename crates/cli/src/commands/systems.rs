//! `seamount lab ib-hebbian`: a thin cover of the published system.

use super::lab::{failure, show, threads};
use crate::failure::Failure;
use crate::systems_args::{IbArgs, IbTask};
use seamount_session::files::Outputs;
use seamount_study::data::Mnist;
use seamount_systems::ib;
use std::io::Write;

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
            .map(Mnist::samples)
            .transpose()
            .map_err(failure)?,
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
    Outputs::write_one(path, |out| out.write_all(&ib::stored::shrink(&net)?))
}
