//! The command line of `lab`: one command for each experiment of the registry, with its flags, its
//! help and its completion.

use crate::args::help;
use crate::page_args::PageArgs;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, error::ErrorKind};
use seamount_systems::registry::{Prepared, REGISTRY};
use std::fmt;

/// `lab`
#[derive(Debug, Args)]
pub struct LabArgs {
    /// A page of the report
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Which experiment
    #[command(subcommand)]
    pub experiment: Asked,
}

/// The experiment that is asked for, with its options.
pub struct Asked {
    name: &'static str,
    /// Ready to run.
    pub prepared: Box<dyn Prepared>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromArgMatches for Asked {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Asked, Error> {
        let asked = matches.subcommand();
        let (name, flags) = asked.ok_or_else(|| Error::new(ErrorKind::MissingSubcommand))?;
        let entry = REGISTRY.iter().find(|entry| entry.name() == name);
        let entry = entry.ok_or_else(|| Error::new(ErrorKind::InvalidSubcommand))?;
        Ok(Asked {
            name: entry.name(),
            prepared: entry.prepare(flags)?,
        })
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
        command.subcommands(commands)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Asked::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        REGISTRY.iter().any(|entry| entry.name() == name)
    }
}
