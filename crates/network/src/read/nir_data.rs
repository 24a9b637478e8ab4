//! Reading recordings as `nir.write_data` writes them: observables of the nodes of a graph, on a
//! grid of steps or as events.

use crate::graph::Tensor;
use crate::problem::{FileProblem, ReadProblem, of_a_file};
use crate::read::h5::fields::H5Fields;
use crate::read::h5::{self, H5Group, H5Limits, Item, Value};
use seamount_diagnose::{Findings, Refusal};
use std::collections::BTreeMap;
use std::path::Path;

/// Recordings of the nodes of a graph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GraphData {
    /// By node name.
    pub nodes: BTreeMap<String, NodeData>,
}

/// Recordings of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeData {
    /// What was observed of it, by name.
    Observables(BTreeMap<String, Observable>),
    /// Recordings of a nested graph.
    Graph(GraphData),
}

/// One observable.
#[derive(Debug, Clone, PartialEq)]
pub enum Observable {
    /// A value, or whether there was an event, in every step.
    TimeGridded {
        /// Shape (samples, steps, neurons); events are 0 and 1.
        data: Tensor,
        /// Seconds of a step.
        dt: f64,
    },
    /// Events.
    Events {
        /// Events of each sample.
        samples: Vec<Vec<Event>>,
        /// Number of neurons.
        n_neurons: usize,
        /// Seconds of the recording.
        t_max: f64,
    },
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Neuron.
    pub idx: usize,
    /// Seconds from the start.
    pub time: f64,
    /// Value; 1 where the file has none.
    pub value: f64,
}

/// Largest number of neurons accepted.
const NEURONS_MAX: f64 = 16_777_216.0;

impl GraphData {
    /// Reads a file of `nir.write_data`.
    pub fn read(path: &Path) -> Result<GraphData, Refusal> {
        from_root(&h5::read_file(path, &H5Limits::default())?)
    }

    /// As [`GraphData::read`], from bytes.
    pub fn read_bytes(bytes: Vec<u8>) -> Result<GraphData, Refusal> {
        from_root(&h5::read_bytes(bytes, &H5Limits::default())?)
    }
}

fn from_root(root: &H5Group) -> Result<GraphData, Refusal> {
    let findings = of_a_file();
    if kind(root) != "NIRGraphData" {
        findings.file(
            "",
            ReadProblem::Unsupported("is an HDF5 file, but no NIRGraphData".into()),
        );
        return findings.or(GraphData::default());
    }
    let data = graph(root, "", &findings);
    findings.or(data)
}

fn kind(group: &H5Group) -> &str {
    group
        .attributes
        .get("__type__")
        .and_then(Value::text)
        .unwrap_or("")
}

/// The groups in the member `name` of a group, with their places.
fn members<'a>(
    group: &'a H5Group,
    place: &'a str,
    name: &'a str,
    findings: &Findings,
) -> Vec<(&'a str, &'a H5Group, String)> {
    let mut fields = H5Fields::new(group, place);
    let at = fields.at(name);
    let members = fields.group(name, findings);
    fields.finish(findings);
    let mut out = vec![];
    for (member, item) in members.iter().flat_map(|members| &members.items) {
        let place = format!("{at}/{member}");
        match item {
            Item::Group(inner) => out.push((member.as_str(), inner, place)),
            Item::Value(_) => findings.file(
                &place,
                ReadProblem::Kind {
                    found: "an array",
                    wanted: "a group",
                },
            ),
            Item::Unreadable(problem) => findings.file(&place, problem.clone()),
        }
    }
    out
}

fn graph(group: &H5Group, place: &str, findings: &Findings) -> GraphData {
    let mut nodes = BTreeMap::new();
    for (name, inner, place) in members(group, place, "nodes", findings) {
        let node = match kind(inner) {
            "NIRGraphData" => NodeData::Graph(graph(inner, &place, findings)),
            "NIRNodeData" => {
                let mut observables = BTreeMap::new();
                for (name, inner, place) in members(inner, &place, "observables", findings) {
                    observable(inner, &place, findings)
                        .map(|seen| observables.insert(name.to_string(), seen));
                }
                NodeData::Observables(observables)
            }
            other => {
                findings.file(&place, ReadProblem::UnknownType(other.into()));
                continue;
            }
        };
        nodes.insert(name.to_string(), node);
    }
    GraphData { nodes }
}

fn observable(group: &H5Group, place: &str, findings: &Findings) -> Option<Observable> {
    match kind(group) {
        "TimeGriddedData" => gridded(group, place, findings),
        "EventData" | "ValuedEventData" => events(group, place, findings),
        other => {
            findings.file(place, ReadProblem::UnknownType(other.into()));
            None
        }
    }
}

/// An attribute that is one number above 0.
fn positive(group: &H5Group, place: &str, name: &str, findings: &Findings) -> Option<f64> {
    let problem = match group
        .attributes
        .get(name)
        .and_then(Value::numbers)
        .map(|tensor| &tensor.data[..])
    {
        Some(&[number]) if number.is_finite() && number > 0.0 => return Some(number),
        Some(&[number]) => ReadProblem::NotPositive(number),
        Some(_) => ReadProblem::Kind {
            found: "several numbers",
            wanted: "one number",
        },
        None => ReadProblem::Missing,
    };
    findings.file(&format!("{place}@{name}"), problem);
    None
}

fn gridded(group: &H5Group, place: &str, findings: &Findings) -> Option<Observable> {
    let dt = positive(group, place, "dt", findings);
    let mut fields = H5Fields::new(group, place);
    let data = numbers(&mut fields, "data", findings);
    fields.finish(findings);
    let data = data?;
    let dt = dt?;
    if data.rank() != 3 {
        findings.file(
            &format!("{place}/data"),
            ReadProblem::Rank {
                found: data.shape,
                wanted: "(samples, steps, neurons)",
            },
        );
        return None;
    }
    Some(Observable::TimeGridded { data, dt })
}

/// Numbers of any kind, booleans and infinities among them.
fn numbers<'a>(fields: &mut H5Fields<'a>, name: &'a str, findings: &Findings) -> Option<Tensor> {
    if !fields.has(name) {
        findings.file(&fields.at(name), ReadProblem::Missing);
    }
    let value = fields.value(name, findings)?;
    if value.numbers().is_none() {
        findings.file(
            &fields.at(name),
            ReadProblem::Kind {
                found: value.kind(),
                wanted: "numbers",
            },
        );
    }
    value.numbers().cloned()
}

fn events(group: &H5Group, place: &str, findings: &Findings) -> Option<Observable> {
    let n_neurons = positive(group, place, "n_neurons", findings);
    let t_max = positive(group, place, "t_max", findings);
    let mut fields = H5Fields::new(group, place);
    let idx = numbers(&mut fields, "idx", findings);
    let time = numbers(&mut fields, "time", findings);
    let valued = kind(group) == "ValuedEventData";
    let value = if valued {
        numbers(&mut fields, "value", findings).map(Some)
    } else {
        Some(None)
    };
    fields.finish(findings);
    let n_neurons = n_neurons?;
    let t_max = t_max?;
    let table = EventTable {
        idx: idx?,
        time: time?,
        value: value?,
        n_neurons,
    };
    table.shapes_agree(place, findings)?;
    let samples = table
        .samples()
        .map_err(|problem| findings.file(place, problem));
    Some(Observable::Events {
        samples: samples.ok()?,
        n_neurons: n_neurons.min(NEURONS_MAX) as usize,
        t_max,
    })
}

/// Events as a file has them: arrays of (samples, events), filled up with neuron -1.
struct EventTable {
    idx: Tensor,
    /// Seconds.
    time: Tensor,
    /// None where every event has the value 1.
    value: Option<Tensor>,
    n_neurons: f64,
}

impl EventTable {
    fn shapes_agree(&self, place: &str, findings: &Findings) -> Option<()> {
        if self.idx.rank() != 2 {
            let problem = ReadProblem::Rank {
                found: self.idx.shape.clone(),
                wanted: "(samples, events)",
            };
            findings.file(&format!("{place}/idx"), problem);
            return None;
        }
        for (name, other) in [("time", Some(&self.time)), ("value", self.value.as_ref())] {
            if let Some(other) = other.filter(|other| other.shape != self.idx.shape) {
                let problem = ReadProblem::Shape {
                    found: other.shape.clone(),
                    wanted: self.idx.shape.clone(),
                };
                findings.file(&format!("{place}/{name}"), problem);
                return None;
            }
        }
        Some(())
    }

    /// The events of each sample, in the order of the file; the first that is none of a network.
    fn samples(&self) -> Result<Vec<Vec<Event>>, ReadProblem> {
        let width = self.idx.shape[1];
        let mut samples = vec![vec![]; if width == 0 { 0 } else { self.idx.shape[0] }];
        // An index of -1 is no event.
        for i in (0..self.idx.len()).filter(|&i| self.idx.data[i] != -1.0) {
            samples[i / width].push(self.event(i)?);
        }
        Ok(samples)
    }

    fn event(&self, i: usize) -> Result<Event, ReadProblem> {
        let neuron = self.idx.data[i];
        let seconds = self.time.data[i];
        if neuron.fract() != 0.0 {
            return Err(ReadProblem::NotInteger(neuron));
        }
        if !(0.0..self.n_neurons.min(NEURONS_MAX)).contains(&neuron) {
            return Err(ReadProblem::OutOfRange {
                value: neuron as i64,
                min: 0,
                max: self.n_neurons as i64 - 1,
            });
        }
        if !(seconds.is_finite() && seconds >= 0.0) {
            return Err(ReadProblem::NotFinite(seconds));
        }
        Ok(Event {
            idx: neuron as usize,
            time: seconds,
            value: self.value.as_ref().map_or(1.0, |tensor| tensor.data[i]),
        })
    }
}
