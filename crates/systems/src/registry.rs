//! The list of experiments: `seamount lab NAME`, its help, its completion and `seamount lab all`
//! come from it. A new experiment is one line here.

use crate::flags::CheckpointArgs;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use seamount_session::Failure;
use seamount_session::checkpoint::CheckpointOptions;
use seamount_study::Progress;
use seamount_study::chart::Picture;
use seamount_study::experiment::{Experiment, OutputFile, ReportForm, RunOutput};
use seamount_study::row::Row;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Every experiment, in the order of the overview.
pub const REGISTRY: &[&dyn Entry] = &[
    &Listed::<crate::lsnn::LsnnSmnist>::NEW,
    &Listed::<crate::ahp::AhpSweep>::NEW,
    &Listed::<crate::memory::AhpMemory>::NEW,
    &Listed::<crate::srnn::ecg::SrnnEcg>::NEW,
    &Listed::<crate::srnn::smnist::SrnnSmnist>::NEW,
    &Listed::<crate::qif::QifMnist>::NEW,
    &Listed::<crate::ib::IbHebbian>::NEW,
    &Listed::<crate::eprop_pattern::EpropPattern>::NEW,
    &Listed::<crate::eprop_cue::EpropCue>::NEW,
    &Listed::<crate::eprop_evidence::EpropEvidence>::NEW,
    &Listed::<crate::netx::mnist::NetxMnist>::NEW,
    &Listed::<crate::netx::pilotnet::NetxPilotnet>::NEW,
    &Listed::<crate::nir::lif::NirLif>::NEW,
    &Listed::<crate::nir::NirBraille>::NEW,
    &Listed::<crate::nir::NirCnn>::NEW,
    &Listed::<crate::netx::pilotnet_sdnn::NetxPilotnetSdnn>::NEW,
    &Listed::<crate::eprop_float::EpropFloat>::NEW,
    &Listed::<crate::relnet::RelNet>::NEW,
    &Listed::<crate::all::All>::NEW,
];

/// An experiment in the list, whatever its options and report are.
pub trait Entry: Sync {
    /// Name on the command line.
    fn name(&self) -> &'static str;
    /// Examples and explanation of the long help.
    fn help(&self) -> &'static str;
    /// The command with its flags, without the long help.
    fn command(&self) -> Command;
    /// An experiment with the options of a command line.
    ///
    /// # Errors
    /// If the flags are not those of [`command`](Entry::command).
    fn prepare(&self, matches: &ArgMatches) -> Result<Box<dyn Prepared>, clap::Error>;
    /// The quick forms of the overview, by name, with the data and threads of the overview.
    fn quick(&self, data: Option<&Path>, threads: Option<u16>) -> Vec<(String, QuickRun)>;
}

/// A short run that gives a line of the overview.
pub type QuickRun = Box<dyn FnOnce() -> Result<Row, Failure>>;

/// An experiment with its options, ready to run.
pub trait Prepared {
    /// Name and purpose of the experiment, in words.
    fn titles(&self) -> (&'static str, &'static str);
    /// As [`Experiment::check`].
    ///
    /// # Errors
    /// [`Failure`].
    fn check(&self, form: ReportForm) -> Result<(), Failure>;
    /// As [`Experiment::counts`].
    fn counts(&self) -> &'static str;
    /// As [`Experiment::outputs`].
    fn outputs(&self) -> Vec<PathBuf>;
    /// How the run goes on if it is cut off.
    fn going_on(&self) -> GoingOn {
        GoingOn::Never
    }
    /// Everything that the parts of a run depend on, by name and as text.
    fn depends_on(&self) -> Vec<(&'static str, String)>;
    /// Runs, and gives the report in one form with the files to write after it.
    ///
    /// # Errors
    /// As [`Experiment::run`].
    fn run(&self, form: ReportForm, progress: Progress) -> Result<Finished, Failure>;
}

/// How a run goes on that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoingOn {
    /// It begins again; it takes too little time for more.
    Never,
    /// It could, if a file were named.
    WithFile,
    /// From a file that the experiment writes itself.
    Itself(PathBuf),
    /// From its finished parts, in a file that whoever runs it writes.
    ByParts(CheckpointOptions),
}

/// Result of a run: printed text and files to write.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finished {
    /// The report, with a line break at its end.
    pub printed: String,
    /// The report for people.
    pub text: String,
    /// Pictures of the report, each with its name.
    pub pictures: Vec<(String, Picture)>,
    /// Files to write.
    pub files: Vec<OutputFile>,
    /// As [`Experiment::passed`].
    pub passed: bool,
}

/// An experiment by its options: what [`Prepared`] stands for.
pub struct With<E: Experiment>(pub E::Options);

impl<E: Experiment> Prepared for With<E> {
    fn titles(&self) -> (&'static str, &'static str) {
        (E::NAME, E::ABOUT)
    }

    fn check(&self, form: ReportForm) -> Result<(), Failure> {
        E::check(&self.0, form)?;
        E::outputs(&self.0).iter().try_for_each(RunOutput::check)
    }

    fn counts(&self) -> &'static str {
        E::counts(&self.0)
    }

    fn outputs(&self) -> Vec<PathBuf> {
        let outputs = E::outputs(&self.0).into_iter();
        outputs.map(|output| output.path().into()).collect()
    }

    fn going_on(&self) -> GoingOn {
        if let Some(options) = E::parts_checkpoint(&self.0) {
            return GoingOn::ByParts(options);
        }
        match E::own_checkpoint(&self.0) {
            Some(path) => GoingOn::Itself(path.into()),
            None => GoingOn::Never,
        }
    }

    fn depends_on(&self) -> Vec<(&'static str, String)> {
        let mut options = serde_json::to_value(&self.0).unwrap_or_default();
        if let Some(options) = options.as_object_mut() {
            INDIFFERENT
                .iter()
                .for_each(|name| drop(options.remove(*name)));
        }
        vec![
            ("work", E::NAME.into()),
            ("options", options.to_string()),
            ("seamount", env!("CARGO_PKG_VERSION").into()),
        ]
    }

    fn run(&self, form: ReportForm, progress: Progress) -> Result<Finished, Failure> {
        let report = E::run(&self.0, progress)?;
        let outputs = E::outputs(&self.0).into_iter();
        let files = outputs.filter_map(|output| output.file(&report).transpose());
        let files = files.collect::<Result<_, _>>()?;
        Ok(Finished {
            printed: form.print(&report),
            text: ReportForm::Text.print(&report),
            pictures: E::pictures(&report),
            files,
            passed: E::passed(&report),
        })
    }
}

/// Options of experiments on which no result of theirs depends.
const INDIFFERENT: [&str; 8] = [
    "threads",
    "svg",
    "figure",
    "picture",
    "dump",
    "out",
    "checkpoint",
    "resume",
];

/// An experiment whose parts can be kept, with the flags that say where.
struct WithParts<E: Experiment> {
    experiment: With<E>,
    kept: CheckpointArgs,
}

impl<E: Experiment> Prepared for WithParts<E> {
    fn titles(&self) -> (&'static str, &'static str) {
        self.experiment.titles()
    }

    fn check(&self, form: ReportForm) -> Result<(), Failure> {
        self.experiment.check(form)
    }

    fn counts(&self) -> &'static str {
        self.experiment.counts()
    }

    fn outputs(&self) -> Vec<PathBuf> {
        self.experiment.outputs()
    }

    fn going_on(&self) -> GoingOn {
        let options = self.kept.options();
        options.map_or(GoingOn::WithFile, GoingOn::ByParts)
    }

    fn depends_on(&self) -> Vec<(&'static str, String)> {
        self.experiment.depends_on()
    }

    fn run(&self, form: ReportForm, progress: Progress) -> Result<Finished, Failure> {
        self.experiment.run(form, progress)
    }
}

/// An experiment as an entry of the list.
struct Listed<E>(PhantomData<fn() -> E>);

impl<E> Listed<E> {
    const NEW: Listed<E> = Listed(PhantomData);
}

impl<E> Entry for Listed<E>
where
    E: Experiment,
    E::Options: Args,
{
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn help(&self) -> &'static str {
        E::HELP
    }

    fn command(&self) -> Command {
        // the doc comment of the options must not become the help of the command
        let command = E::Options::augment_args(Command::new(E::NAME));
        let command = match E::RESUMES {
            true => CheckpointArgs::augment_args(command),
            false => command,
        };
        command.about(E::ABOUT).long_about(E::ABOUT)
    }

    fn prepare(&self, matches: &ArgMatches) -> Result<Box<dyn Prepared>, clap::Error> {
        let experiment = With::<E>(E::Options::from_arg_matches(matches)?);
        if !E::RESUMES {
            return Ok(Box::new(experiment));
        }
        let kept = CheckpointArgs::from_arg_matches(matches)?;
        Ok(Box::new(WithParts { experiment, kept }))
    }

    fn quick(&self, data: Option<&Path>, threads: Option<u16>) -> Vec<(String, QuickRun)> {
        let shared = [
            ("data", data.map(|folder| folder.as_os_str().to_owned())),
            ("threads", threads.map(|n| n.to_string().into())),
        ];
        let command = self.command();
        let known = |flag: &str| command.get_arguments().any(|known| known.get_id() == flag);
        let mut more: Vec<OsString> = vec![];
        for (flag, value) in shared {
            if let Some(value) = value.filter(|_| known(flag)) {
                let mut typed = OsString::from(format!("--{flag}="));
                typed.push(value);
                more.push(typed);
            }
        }
        let form = |flags: &&'static str| {
            let name = match E::QUICK.len() {
                1 => E::NAME.to_string(),
                _ => format!("{} {flags}", E::NAME),
            };
            let flags = flags.split_whitespace().map(OsString::from);
            (name, quick_run::<E>(flags.chain(more.clone()).collect()))
        };
        E::QUICK.iter().map(form).collect()
    }
}

/// A run with some flags, for its line of the overview.
fn quick_run<E>(flags: Vec<OsString>) -> QuickRun
where
    E: Experiment,
    E::Options: Args,
{
    // flags that are wrong are our own mistake and show before anything runs
    let options: E::Options = options_of(flags);
    Box::new(move || {
        let report = E::run(&options, Progress::UNSEEN)?;
        E::row(&report).ok_or_else(|| Failure::call(format!("{} gave no figure", E::NAME)))
    })
}

/// Options as an empty command line gives them: defaults are written once, at the flags.
///
/// # Panics
/// If a flag is required.
pub fn defaults<O: Args>() -> O {
    options_of(Vec::<OsString>::new())
}

/// The defaults of options are those of an empty command line.
macro_rules! defaults_of_flags {
    ($options:ty) => {
        impl Default for $options {
            fn default() -> Self {
                $crate::registry::defaults()
            }
        }
    };
}
pub(crate) use defaults_of_flags;

/// The parser of a flag that takes a whole number of a kind within a range.
macro_rules! within {
    ($kind:ty, $range:expr) => {
        clap::value_parser!($kind).range($range)
    };
}
pub(crate) use within;

/// Options as a command line with some flags gives them, for experiments with a required flag.
///
/// # Panics
/// If the flags are not those of the options.
pub fn options_of<O: Args>(flags: impl IntoIterator<Item: Into<OsString> + Clone>) -> O {
    let command = O::augment_args(Command::new("defaults").no_binary_name(true));
    let matches = command.try_get_matches_from(flags);
    let options = matches.and_then(|matches| O::from_arg_matches(&matches));
    options.unwrap_or_else(|error| panic!("{error}"))
}

/// A number above 0, for flags such as `--learning-rate`.
///
/// # Errors
/// Any other text.
pub fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|x| x.is_finite() && *x > 0.0);
    number.ok_or_else(|| "wanted a number above 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_sound_and_has_a_name_of_its_own() {
        let mut names: Vec<&str> = REGISTRY.iter().map(|entry| entry.name()).collect();
        for entry in REGISTRY {
            entry.command().debug_assert();
            assert!(!entry.help().is_empty(), "{}", entry.name());
            assert!(!entry.help().ends_with('\n'), "{}", entry.name());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), REGISTRY.len());
    }
}
