//! The command line of `lab`: one command for each experiment of the registry.

use crate::args::{Experiment, help};
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, error::ErrorKind};
use seamount_systems::registry::{Entry, Prepared, REGISTRY};
use std::fmt;

/// `lab`
#[derive(Debug, Args)]
pub struct LabArgs {
    /// Which experiment
    #[command(subcommand)]
    pub experiment: Asked,
}

/// The experiment that is asked for, with its options.
pub enum Asked {
    /// One of the registry.
    Registered(&'static dyn Entry, Box<dyn Prepared>),
    /// One that is not in the registry yet.
    Other(Box<Experiment>),
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Registered(entry, _) => f.write_str(entry.name()),
            Asked::Other(experiment) => experiment.fmt(f),
        }
    }
}

impl FromArgMatches for Asked {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Asked, Error> {
        let (name, flags) =
            (matches.subcommand()).ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        match REGISTRY.iter().find(|entry| entry.name() == name) {
            Some(entry) => Ok(Asked::Registered(*entry, entry.prepare(flags)?)),
            None => Ok(Asked::Other(Box::new(Experiment::from_arg_matches(
                matches,
            )?))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Asked::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Asked {
    fn augment_subcommands(command: Command) -> Command {
        let commands = REGISTRY.iter().map(|entry| {
            let help = format!("{}\n{}", entry.help(), help!());
            entry.command().after_long_help(help)
        });
        Experiment::augment_subcommands(command).subcommands(commands)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Asked::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        REGISTRY.iter().any(|entry| entry.name() == name) || Experiment::has_subcommand(name)
    }
}
