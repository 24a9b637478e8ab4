//! The cards of a data set that was shown to a network.

use crate::page::{Card, CardBody, CardTable};
use seamount_session::eval::{Accuracy, EvalReport, SampleSpread};
use seamount_session::words::{count, duration, energy, plural, significant};
use seamount_study::chart::{Cells, GridCell, Picture};

/// Most classes whose confusion is drawn.
const CLASSES_MAX: usize = 60;

/// The cards of an evaluation: facts, confusion, cost and events of an inference.
pub fn evaluation_cards(report: &EvalReport) -> Vec<Card> {
    let mut cards = vec![Card::new("facts", "Facts", CardBody::Facts(facts(report)))];
    let drawn = |accuracy: &&Accuracy| accuracy.confusion.len() <= CLASSES_MAX;
    if let Some(accuracy) = report.accuracy.as_ref().filter(drawn) {
        let picture = Picture::from(confusion(accuracy));
        cards.push(Card::new("confusion", "Answers beside labels", picture));
    }
    cards.push(costs(report));
    cards.push(events(report));
    cards
}

fn facts(report: &EvalReport) -> Vec<(String, String)> {
    let samples = &report.samples;
    let bench = &report.neurobench;
    let mut facts = vec![
        ("network", report.target.network.clone()),
        ("board", report.target.board.clone()),
        (
            "samples",
            format!(
                "{} of {} of {}, {} each",
                count(samples.count),
                count(samples.available),
                samples.dataset,
                plural(samples.steps, "step")
            ),
        ),
        (
            "shown and read",
            format!(
                "{}; {} of {}",
                samples.encode, samples.decode, samples.output
            ),
        ),
    ];
    if let Some(accuracy) = &report.accuracy {
        facts.push((
            "accuracy",
            format!(
                "{} of {} right, {:.2} %; {} without an answer, {} tied",
                count(accuracy.right),
                count(accuracy.samples),
                accuracy.accuracy * 100.0,
                count(accuracy.unanswered),
                count(accuracy.tied)
            ),
        ));
    }
    let share = |share: Option<f64>| share.map_or("undefined".into(), significant);
    facts.extend([
        ("Footprint", plural(bench.Footprint, "byte")),
        ("ConnectionSparsity", share(bench.ConnectionSparsity)),
        ("ActivationSparsity", share(bench.ActivationSparsity)),
        (
            "SynapticOperations a sample",
            format!(
                "{} Effective_ACs, {} Effective_MACs, {} Dense",
                share(bench.SynapticOperations.Effective_ACs),
                share(bench.SynapticOperations.Effective_MACs),
                significant(bench.SynapticOperations.Dense)
            ),
        ),
        ("image", report.target.fingerprint.clone()),
    ]);
    let owned = facts
        .into_iter()
        .map(|(name, value)| (name.to_string(), value));
    owned.collect()
}

fn confusion(accuracy: &Accuracy) -> Cells {
    let classes = accuracy.confusion.len();
    let unanswered = accuracy.unanswered > 0;
    let columns = if unanswered { classes + 1 } else { classes };
    let mut cells = vec![];
    for (label, row) in accuracy.confusion.iter().enumerate() {
        for (answer, samples) in row.iter().take(columns).enumerate() {
            cells.push(GridCell {
                at: (answer as u32, label as u32),
                value: Some(*samples as f64),
                label: if *samples > 0 && classes <= 20 {
                    samples.to_string()
                } else {
                    String::new()
                },
                says: format!(
                    "label {label}, answer {answer}: {}",
                    plural(*samples, "sample")
                ),
            });
        }
    }
    let mut answers: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let labels = answers.clone();
    if unanswered {
        answers.push("none".into());
    }
    Cells {
        title: "answers beside labels".into(),
        what: "samples".into(),
        size: (columns as u32, classes as u32),
        cells,
        columns: ("answer".into(), answers),
        rows: ("label".into(), labels),
        ..Cells::default()
    }
}

/// Energy and time of a sample by each profile.
fn costs(report: &EvalReport) -> Card {
    let mut table = CardTable::new([
        "of a sample",
        "mean",
        "sd",
        "5 %",
        "median",
        "95 %",
        "largest",
    ]);
    let mut silent = vec![];
    for by in &report.energy {
        match &by.each_fj {
            Some(each) => table.row(spread(format!("energy by {}", by.profile), each, energy)),
            None => silent.push(by.profile.clone()),
        }
    }
    for by in &report.time {
        table.row(spread(
            format!("time by {}", by.profile),
            &by.each_ps,
            duration,
        ));
    }
    let mut note = String::from("Dynamic energy; static energy is not in it.");
    if !silent.is_empty() {
        note += &format!(" Without a price for what happened: {}.", silent.join(", "));
    }
    if report.time.is_empty() {
        note += " Time needs --fidelity pipeline or cycle.";
    }
    Card::new("costs", "Energy and time of an inference", table).noted(note)
}

fn events(report: &EvalReport) -> Card {
    let mut table = CardTable::new([
        "event, of a sample",
        "mean",
        "sd",
        "5 %",
        "median",
        "95 %",
        "largest",
    ]);
    for event in &report.events {
        table.row(spread(
            event.event.replace('_', " "),
            &event.each,
            significant,
        ));
    }
    Card::new("events", "Events of an inference", table)
}

fn spread(name: String, each: &SampleSpread, word: fn(f64) -> String) -> Vec<String> {
    let numbers = [
        each.mean,
        each.sd,
        each.p5,
        each.median,
        each.p95,
        each.max as f64,
    ];
    let words = numbers.into_iter().map(word);
    [name].into_iter().chain(words).collect()
}
