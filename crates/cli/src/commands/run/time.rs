//! The command line of what `run` knows of time.

use crate::draw::heat;
use crate::failure::Failure;
use clap::Args;
use seamount::{Fidelity, RunReport};
use seamount_report::energy_pictures;
use seamount_session::files::ending;
use seamount_session::{RunWatch, WatchOptions};
use seamount_study::chart::{Column, PICTURE_FILE, Picture};
use seamount_systems::word::{FIDELITIES, one_of};
use std::path::{Path, PathBuf};

/// What a run knows of time, and what is written of it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Time")]
pub struct TimeArgs {
    /// What to know of time: count = steps and events only; pipeline = formulas for every core;
    /// cycle = every FIFO, port and flit. Spikes, weights and counts are the same
    #[arg(
        long,
        value_name = "count|pipeline|cycle",
        default_value = "count",
        value_parser = one_of(&FIDELITIES),
        hide_possible_values = true
    )]
    pub fidelity: Fidelity,
    /// Steps of one inference: adds time and energy per inference to the report
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    pub inference_steps: Option<u64>,
    /// Set a number that is not public, in every profile: see `chosen` in `seamount profiles`
    #[arg(long, value_name = "NAME=VALUE", value_parser = chosen)]
    pub set: Vec<(String, u64)>,
    /// Write the time of every step by every profile
    #[arg(long, value_name = "FILE.csv")]
    pub time_csv: Option<PathBuf>,
    /// Write a timeline of cores by the first profile (Chrome trace; opens in Perfetto)
    #[arg(long, value_name = "FILE.json")]
    pub timeline: Option<PathBuf>,
    /// Write signals of cores and routers by the first profile, for a waveform viewer; fidelity
    /// cycle only
    #[arg(long, value_name = "FILE.vcd")]
    pub waves: Option<PathBuf>,
    /// Only these cores (by index in the image) and their routers in --waves and --timeline
    #[arg(long, value_name = "K,K,...", value_delimiter = ',')]
    pub trace_cores: Vec<u32>,
    /// Only these steps in --waves and --timeline
    #[arg(long, value_name = "FIRST..LAST", value_parser = steps, default_value = "1..100")]
    pub trace_steps: (u64, u64),
    /// Draw the packets over every router and link
    #[arg(long, value_name = PICTURE_FILE, value_parser = picture_file)]
    pub heat_map: Option<PathBuf>,
    /// Draw the energy by unit, core and layer of every profile; needs no time
    #[arg(long, value_name = PICTURE_FILE, value_parser = picture_file)]
    pub energy_chart: Option<PathBuf>,
}

/// The one number of `--set` that counts without time: a price.
const PRICE: &str = "link_packet_fj";

impl TimeArgs {
    /// Whether every number that is set counts.
    ///
    /// # Errors
    /// A number of the model of time where no time is asked for.
    pub fn check(&self) -> Result<(), Failure> {
        let of_time = self.set.iter().find(|(name, _)| name != PRICE);
        match of_time {
            Some((name, _)) if self.fidelity == Fidelity::Count => {
                let problem = format!(
                    "{name} changes times only, and fidelity count knows no time: \
                     add --fidelity pipeline or cycle"
                );
                Err(Failure::option("set", problem))
            }
            _ => Ok(()),
        }
    }

    /// Files to be written.
    pub fn outputs(&self) -> impl Iterator<Item = &PathBuf> {
        [
            &self.time_csv,
            &self.timeline,
            &self.waves,
            &self.heat_map,
            &self.energy_chart,
        ]
        .into_iter()
        .flatten()
    }

    /// What is to be kept of the run for these.
    pub fn watched(&self) -> WatchOptions {
        let mut options = WatchOptions::new(self.fidelity);
        options.inference_steps = self.inference_steps;
        options.steps = self.time_csv.is_some();
        options.timeline = self.timeline.is_some();
        options.waves = self.waves.is_some();
        options.traffic = self.heat_map.is_some();
        options.traced_cores = self.trace_cores.clone();
        options.traced_steps = self.trace_steps;
        options
    }

    /// The files asked for, each with its bytes.
    pub fn files(&self, watch: &mut RunWatch, report: &RunReport) -> Vec<(PathBuf, Vec<u8>)> {
        let network = &report.target.network;
        let mut files: Vec<(PathBuf, Vec<u8>)> = vec![];
        let mut add = |path: &Option<PathBuf>, bytes: &dyn Fn(&Path) -> Option<Vec<u8>>| {
            if let Some(path) = path {
                files.extend(bytes(path).map(|bytes| (path.clone(), bytes)));
            }
        };
        let waves = watch.waves_vcd(network);
        add(&self.time_csv, &|_| watch.steps_csv().map(<[u8]>::to_vec));
        add(&self.timeline, &|_| {
            Some(watch.timeline_json()?.into_bytes())
        });
        add(&self.waves, &|_| Some(waves.clone()?.into_bytes()));
        add(&self.heat_map, &|path| {
            Some(heat::picture(network, &watch.traffic()?).file(path))
        });
        add(&self.energy_chart, &|path| {
            Some(energy_chart(report).file(path))
        });
        files
    }
}

/// The energy by every profile, below each other.
fn energy_chart(report: &RunReport) -> Column {
    let pictures = energy_pictures(&report.target.network, &report.energy);
    Column(pictures.iter().map(Picture::chart).collect())
}

/// A path whose name says in which of the two forms a picture is written.
fn picture_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ending(&path).as_str() {
        "svg" | "json" => Ok(path),
        _ => Err(format!("wanted a file that is named {PICTURE_FILE}")),
    }
}

fn chosen(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("wanted NAME=VALUE")?;
    let value = value.parse().map_err(|e| format!("'{value}': {e}"))?;
    Ok((name.into(), value))
}

fn steps(text: &str) -> Result<(u64, u64), String> {
    let (first, last) = text.split_once("..").ok_or("wanted FIRST..LAST")?;
    let number = |text: &str| {
        text.trim_start_matches('=')
            .parse::<u64>()
            .map_err(|e| format!("'{text}': {e}"))
    };
    let first = number(first)?;
    let last = number(last)?;
    if first > last {
        Err(format!("{first} is after {last}"))
    } else {
        Ok((first, last))
    }
}
