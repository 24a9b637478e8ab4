//! `seamount compare`

use crate::compare_args::{CompareArgs, TimeFlag};
use crate::failure::{Failure, Kind};
use crate::{saved_trace, screen};
use seamount::{CheckedImage, LimitPolicy, NetworkFile};
use seamount_report::{Card, Page, comparison_cards, graph_comparison_cards};
use seamount_session::files::Outputs;
use seamount_study::compare::{
    BesideChip, Comparison, GraphComparison, Stimulus, TimeAxis, compare, compare_images,
};
use seamount_study::dump::{archive, of_trace};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Compares a graph with itself on the chip, two images, or two traces. False where `--fail` asks
/// for equality and something differs.
pub fn run(args: &CompareArgs, json: bool) -> Result<bool, Failure> {
    let inputs = [&args.a]
        .into_iter()
        .chain(&args.b)
        .chain(&args.input.input);
    args.page.expect(inputs.map(PathBuf::as_path))?;
    let comparison = match &args.b {
        None => {
            let outputs: Vec<&Path> = args.dump.iter().map(|path| path.as_path()).collect();
            Outputs::expect(&outputs)?;
            let graph = graph(args)?;
            if let (Some(path), Some(floats)) = (&args.dump, &graph.floats) {
                let bytes = archive(&of_trace(floats));
                Outputs::write_one(path, |out| out.write_all(&bytes?))?;
            }
            show(&graph, &graph.whole, json)?;
            write_page(args, || graph_comparison_cards(&graph))?;
            graph.whole
        }
        Some(_) if args.dump.is_some() => {
            let problem = "keeps what the float reference of one graph did; here is none";
            return Err(Failure::usage("--dump", problem));
        }
        Some(b) => {
            let of_traces = saved_trace::is_one(&args.a) || saved_trace::is_one(b);
            let comparison = if of_traces {
                traces(args, b)?
            } else {
                images(args, b)?
            };
            show(&comparison, &comparison, json)?;
            write_page(args, || comparison_cards(&comparison))?;
            comparison
        }
    };
    Ok(!(args.fail && comparison.differs()))
}

/// Writes the page of a comparison, if one is asked for.
fn write_page(args: &CompareArgs, cards: impl FnOnce() -> Vec<Card>) -> Result<(), Failure> {
    let title = format!("Comparison of {}", args.a.display());
    let lead = match &args.b {
        None => "The float graph beside itself on the chip.".into(),
        Some(b) => format!("{} beside {}.", args.a.display(), b.display()),
    };
    args.page.write(|| Page::new(title, lead).with(cards()))
}

/// Prints a report, unless nothing was compared.
fn show<T: Serialize + Display>(report: &T, of: &Comparison, json: bool) -> Result<(), Failure> {
    if !of.has_layers() {
        let problem = format!(
            "nothing was compared: {} and {} have no layer of the same name and size",
            of.a, of.b
        );
        return Err(Failure::new(Kind::Input, "compare", [problem]));
    }
    if json {
        screen::print_json(report)
    } else {
        screen::print(&format!("{report}\n"))
    }
}

fn images(args: &CompareArgs, b: &Path) -> Result<Comparison, Failure> {
    if args.calibrate || args.tolerance.is_some() {
        let problem = "chip beside chip is compared bit by bit";
        return Err(Failure::usage("--calibrate, --tolerance", problem));
    }
    only_of_traces(args)?;
    let a = image(&args.a, args)?;
    let b_image = image(b, args)?;
    let stimulus = stimulus(args, &a)?;
    let name_a = args.a.display().to_string();
    let name_b = b.display().to_string();
    compare_images((&name_a, &a), (&name_b, &b_image), &stimulus)
        .map_err(|failure| failure.named("compare"))
}

fn traces(args: &CompareArgs, b: &Path) -> Result<Comparison, Failure> {
    if let Some(other) = [args.a.as_path(), b]
        .into_iter()
        .find(|path| !saved_trace::is_one(path))
    {
        let problem = format!(
            "{}: a trace is compared with a trace; `run --probe POPULATION.spike --out FILE.npz` \
             makes one",
            other.display()
        );
        return Err(Failure::usage("compare", problem));
    }
    if args.calibrate
        || !args.input.input.is_empty()
        || args.source.board.is_some()
        || args.source.current.is_some()
    {
        return Err(Failure::usage(
            "--calibrate, --input, --board, --current",
            "nothing is run: these are traces",
        ));
    }
    args.source.import.options().must_be_absent("a trace")?;
    let time = args.time.map(|flag| match flag {
        TimeFlag::First => TimeAxis::First,
        TimeFlag::Last => TimeAxis::Last,
    });
    let read = |path: &Path| {
        let mut trace = saved_trace::read(path, time)?;
        trace.steps = trace
            .steps
            .min(args.steps.map_or(usize::MAX, |n| n as usize));
        trace
            .layers
            .iter_mut()
            .for_each(|layer| layer.output = args.output.contains(&layer.name));
        Ok::<_, Failure>(trace)
    };
    let a = read(&args.a)?;
    let b = read(b)?;
    if let Some(name) = args
        .output
        .iter()
        .find(|name| !a.layers.iter().any(|l| l.name == **name))
    {
        return Err(Failure::usage(
            "--output",
            format!("{} has no layer '{name}'", args.a.display()),
        ));
    }
    Ok(compare(&a, &b, args.tolerance.unwrap_or(0.0)))
}

fn only_of_traces(args: &CompareArgs) -> Result<(), Failure> {
    let given = args.time.is_some() || !args.output.is_empty();
    if given {
        Err(Failure::usage("--time, --output", "are for two traces"))
    } else {
        Ok(())
    }
}

fn image(path: &Path, args: &CompareArgs) -> Result<CheckedImage, Failure> {
    let file = NetworkFile::read(path)?;
    let placed = file.image(&args.source.options(), LimitPolicy::Report)?;
    placed.prove(LimitPolicy::Report)
}

/// The events of the input files.
fn stimulus(args: &CompareArgs, image: &CheckedImage) -> Result<Stimulus, Failure> {
    Ok(Stimulus {
        steps: steps(args)?,
        events: args.input.events().plain(image)?,
    })
}

fn steps(args: &CompareArgs) -> Result<u64, Failure> {
    let asked = args.steps.ok_or("how many steps to run?");
    asked.map_err(|problem| Failure::usage("--steps", problem))
}

fn graph(args: &CompareArgs) -> Result<GraphComparison, Failure> {
    only_of_traces(args)?;
    if saved_trace::is_one(&args.a) {
        return Err(Failure::usage(
            "compare",
            format!("{}: with which other trace?", args.a.display()),
        ));
    }
    let source = args.source.options();
    let float = NetworkFile::read(&args.a)?.graph(&source)?;
    let mut beside = BesideChip::new(source.board_or_default(), steps(args)?);
    beside.tolerance = args.tolerance;
    beside.calibrate = args.calibrate;
    beside.keep_floats = args.dump.is_some();
    beside.compare(float, &args.a, &args.input.events())
}
