//! Reading `.nir` files: HDF5 with `version` and `node` in the root, every version seen (0.1.1 to
//! 1.0.8).

use crate::graph::{
    Affine, AvgPool2d, Conv1d, Conv2d, CubaLi, CubaLif, Delay, Flatten, Graph, I, If, Input, Li,
    Lif, Linear, Metadata, MetadataValue, Node, Output, Padding, Scale, SumPool2d, Tensor,
    Threshold,
};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::fields::H5Fields;
use crate::read::h5::{self, H5Group, H5Limits, Item, Value};
use seamount_diagnose::{Findings, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Largest number accepted as a length, a stride and the like.
const LENGTH_MAX: i64 = 1 << 24;

impl Graph {
    /// Reads and checks a `.nir` file. Every finding is reported, not only the first.
    pub fn read(path: &Path) -> Result<Graph, Refusal> {
        from_root(&h5::read_file(path, &H5Limits::default())?)
    }

    /// As [`Graph::read`], from bytes.
    pub fn read_bytes(bytes: Vec<u8>) -> Result<Graph, Refusal> {
        from_root(&h5::read_bytes(bytes, &H5Limits::default())?)
    }

    /// Reads a `.nir` file without [`Graph::check`]: the graph as it is written, for those who
    /// want to mend it.
    pub fn read_unchecked(path: &Path) -> Result<Graph, Refusal> {
        unchecked(&h5::read_file(path, &H5Limits::default())?)
    }

    /// As [`Graph::read_unchecked`], from bytes.
    pub fn read_bytes_unchecked(bytes: Vec<u8>) -> Result<Graph, Refusal> {
        unchecked(&h5::read_bytes(bytes, &H5Limits::default())?)
    }
}

fn unchecked(root: &H5Group) -> Result<Graph, Refusal> {
    let mut reader = GraphReader::default();
    let graph = reader.root(root);
    reader.findings.or(graph)
}

fn from_root(root: &H5Group) -> Result<Graph, Refusal> {
    let mut reader = GraphReader::default();
    let graph = reader.root(root);
    let GraphReader { findings, unread } = reader;
    graph.check_into(&unread, &findings);
    findings.or(graph)
}

#[derive(Default)]
struct GraphReader {
    findings: Findings,
    /// Paths of nodes that are in the file but not in the graph.
    unread: BTreeSet<String>,
}

impl GraphReader {
    fn root(&mut self, root: &H5Group) -> Graph {
        let found = &self.findings;
        let mut fields = H5Fields::new(root, "");
        let version = fields.text("version", found);
        let node = fields.group("node", found);
        if version.is_none() && node.is_none() {
            found.file(
                "",
                ReadProblem::Unsupported(
                    "is an HDF5 file, but not of NIR: it has neither 'version' nor 'node'".into(),
                ),
            );
            return Graph::default();
        }
        fields.finish(found);
        let Some(node) = node else {
            return Graph::default();
        };
        if let Some(kind) = H5Fields::new(node, "node")
            .text("type", found)
            .filter(|&kind| kind != "NIRGraph")
        {
            found.file("node", ReadProblem::UnknownType(kind.into()));
        }
        let mut graph = self.graph(node, "node");
        graph.version = version.unwrap_or_default().into();
        graph
    }

    fn graph(&mut self, group: &H5Group, place: &str) -> Graph {
        let found = &self.findings;
        let mut fields = H5Fields::new(group, place);
        fields.skip("type");
        let mut graph = Graph {
            metadata: metadata(&mut fields, found),
            ..Graph::default()
        };
        graph.edges = edges(&mut fields, found);
        let nodes = fields.group("nodes", found);
        fields.finish(found);
        for (name, item) in nodes.iter().flat_map(|nodes| &nodes.items) {
            let place = format!("{place}/nodes/{name}");
            let inner = match item {
                Item::Group(inner) => inner,
                Item::Value(_) => {
                    self.findings.file(
                        &place,
                        ReadProblem::Kind {
                            found: "an array",
                            wanted: "a group",
                        },
                    );
                    self.unread.insert(place);
                    continue;
                }
                Item::Unreadable(problem) => {
                    self.findings.file(&place, problem.clone());
                    self.unread.insert(place);
                    continue;
                }
            };
            match self.node(inner, &place) {
                Some((node, notes)) => {
                    graph.nodes.insert(name.clone(), node);
                    if !notes.is_empty() {
                        graph.node_metadata.insert(name.clone(), notes);
                    }
                }
                None => {
                    self.unread.insert(place);
                }
            }
        }
        graph
    }

    fn node(&mut self, group: &H5Group, place: &str) -> Option<(Node, Metadata)> {
        let mut fields = H5Fields::new(group, place);
        let kind = fields.text("type", &self.findings)?;
        if kind == "NIRGraph" {
            return Some((
                Node::Graph(Box::new(self.graph(group, place))),
                Metadata::new(),
            ));
        }
        let found = &self.findings;
        let Some(node) = primitive(kind, &mut fields, found) else {
            found.file(place, ReadProblem::UnknownType(kind.into()));
            return None;
        };
        let notes = metadata(&mut fields, found);
        fields.finish(found);
        Some((node?, notes))
    }
}

/// A primitive by its type: `None` for an unknown type, `Some(None)` if a field is wrong.
fn primitive<'a>(kind: &str, f: &mut H5Fields<'a>, found: &Findings) -> Option<Option<Node>> {
    Some(match kind {
        "Input" => port(f, found).map(|shape| Node::Input(Input { shape })),
        "Output" => port(f, found).map(|shape| Node::Output(Output { shape })),
        "Affine" => affine(f, found).map(Node::Affine),
        "Linear" => f
            .tensor("weight", found)
            .map(|weight| Node::Linear(Linear { weight })),
        "Scale" => f
            .tensor("scale", found)
            .map(|scale| Node::Scale(Scale { scale })),
        "Conv1d" => conv1d(f, found).map(Node::Conv1d),
        "Conv2d" => conv2d(f, found).map(Node::Conv2d),
        "SumPool2d" => pool(f, found).map(|[kernel_size, stride, padding]| {
            Node::SumPool2d(SumPool2d {
                kernel_size,
                stride,
                padding,
            })
        }),
        "AvgPool2d" => pool(f, found).map(|[kernel_size, stride, padding]| {
            Node::AvgPool2d(AvgPool2d {
                kernel_size,
                stride,
                padding,
            })
        }),
        "Flatten" => flatten(f, found).map(Node::Flatten),
        "Delay" => f
            .tensor("delay", found)
            .map(|delay| Node::Delay(Delay { delay })),
        "Threshold" => f
            .tensor("threshold", found)
            .map(|threshold| Node::Threshold(Threshold { threshold })),
        "I" => f.tensor("r", found).map(|r| Node::I(I { r })),
        "IF" => integrate_and_fire(f, found).map(Node::If),
        "LI" => leaky(f, found).map(Node::Li),
        "LIF" => leaky_fire(f, found).map(Node::Lif),
        "CubaLI" => cuba(f, found).map(Node::CubaLi),
        "CubaLIF" => cuba_fire(f, found).map(Node::CubaLif),
        _ => return None,
    })
}

/// A shape that may be missing; `None` only if it is there and wrong.
fn port<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Option<Vec<usize>>> {
    optional_shape(f, "shape", found)
}

fn optional_shape<'a>(
    f: &mut H5Fields<'a>,
    name: &'a str,
    found: &Findings,
) -> Option<Option<Vec<usize>>> {
    if !f.has(name) {
        return Some(None);
    }
    f.shape(name, found).map(Some)
}

fn affine<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Affine> {
    let weight = f.tensor("weight", found);
    let bias = f.tensor("bias", found);
    Some(Affine {
        weight: weight?,
        bias: bias?,
    })
}

fn one<'a>(f: &mut H5Fields<'a>, name: &'a str, min: i64, found: &Findings) -> Option<usize> {
    f.integer(name, (min, LENGTH_MAX), found)
        .map(|number| number as usize)
}

/// `same`, `valid` or numbers, which `numbers` reads.
fn padding<'a, T>(
    f: &mut H5Fields<'a>,
    found: &Findings,
    numbers: impl FnOnce(&mut H5Fields<'a>, &Findings) -> Option<T>,
) -> Option<Padding<T>> {
    match f.value("padding", found) {
        Some(value @ Value::Texts { .. }) => match value.text() {
            Some("same") => Some(Padding::Same),
            Some("valid") => Some(Padding::Valid),
            _ => {
                found.file(
                    &f.at("padding"),
                    ReadProblem::Kind {
                        found: "another text",
                        wanted: "'same', 'valid' or numbers",
                    },
                );
                None
            }
        },
        _ => numbers(f, found).map(Padding::Zeros),
    }
}

fn conv1d<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Conv1d> {
    let input_shape = if f.has("input_shape") {
        one(f, "input_shape", 1, found).map(Some)
    } else {
        Some(None)
    };
    let weight = f.tensor("weight", found);
    let bias = f.tensor("bias", found);
    let stride = one(f, "stride", 1, found);
    let dilation = one(f, "dilation", 1, found);
    let padding = padding(f, found, |f, found| one(f, "padding", 0, found));
    let groups = one(f, "groups", 1, found);
    Some(Conv1d {
        input_shape: input_shape?,
        weight: weight?,
        stride: stride?,
        padding: padding?,
        dilation: dilation?,
        groups: groups?,
        bias: bias?,
    })
}

fn conv2d<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Conv2d> {
    let above = (1, LENGTH_MAX);
    let input_shape = if f.has("input_shape") {
        f.pair("input_shape", above, found).map(Some)
    } else {
        Some(None)
    };
    let weight = f.tensor("weight", found);
    let bias = f.tensor("bias", found);
    let stride = f.pair("stride", above, found);
    let dilation = f.pair("dilation", above, found);
    let padding = padding(f, found, |f, found| {
        f.pair("padding", (0, LENGTH_MAX), found)
    });
    let groups = one(f, "groups", 1, found);
    Some(Conv2d {
        input_shape: input_shape?,
        weight: weight?,
        stride: stride?,
        padding: padding?,
        dilation: dilation?,
        groups: groups?,
        bias: bias?,
    })
}

/// Kernel size, stride and padding.
fn pool<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<[[usize; 2]; 3]> {
    let above = (1, LENGTH_MAX);
    let kernel = f.pair("kernel_size", above, found);
    let stride = f.pair("stride", above, found);
    let padding = f.pair("padding", (0, LENGTH_MAX), found);
    Some([kernel?, stride?, padding?])
}

fn flatten<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Flatten> {
    let axes = (-32, 32);
    let start_dim = f.integer("start_dim", axes, found);
    let end_dim = f.integer("end_dim", axes, found);
    let input_type = optional_shape(f, "input_type", found);
    Some(Flatten {
        input_type: input_type?,
        start_dim: start_dim?,
        end_dim: end_dim?,
    })
}

/// v_threshold, and v_reset or zeros of its shape.
fn threshold<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<[Tensor; 2]> {
    let threshold = f.tensor("v_threshold", found);
    let given = f.has("v_reset");
    let reset = f.optional("v_reset", found);
    let threshold = threshold?;
    let reset = if given {
        reset?
    } else {
        Tensor::filled(threshold.shape.clone(), 0.0)
    };
    Some([threshold, reset])
}

/// w_in, or ones of the shape of `like`.
fn input_weight<'a>(
    f: &mut H5Fields<'a>,
    like: Option<&Tensor>,
    found: &Findings,
) -> Option<Tensor> {
    if f.has("w_in") {
        f.optional("w_in", found)
    } else {
        like.map(|tensor| Tensor::filled(tensor.shape.clone(), 1.0))
    }
}

fn integrate_and_fire<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<If> {
    let r = f.tensor("r", found);
    let limits = threshold(f, found);
    let [v_threshold, v_reset] = limits?;
    Some(If {
        r: r?,
        v_threshold,
        v_reset,
    })
}

fn leaky<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Li> {
    let tau = f.tensor("tau", found);
    let r = f.tensor("r", found);
    let v_leak = f.tensor("v_leak", found);
    Some(Li {
        tau: tau?,
        r: r?,
        v_leak: v_leak?,
    })
}

fn leaky_fire<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<Lif> {
    let leaky = leaky(f, found);
    let limits = threshold(f, found);
    let Li { tau, r, v_leak } = leaky?;
    let [v_threshold, v_reset] = limits?;
    Some(Lif {
        tau,
        r,
        v_leak,
        v_threshold,
        v_reset,
    })
}

fn cuba<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<CubaLi> {
    let tau_syn = f.tensor("tau_syn", found);
    let tau_mem = f.tensor("tau_mem", found);
    let r = f.tensor("r", found);
    let v_leak = f.tensor("v_leak", found);
    let w_in = input_weight(f, v_leak.as_ref(), found);
    Some(CubaLi {
        tau_syn: tau_syn?,
        tau_mem: tau_mem?,
        r: r?,
        v_leak: v_leak?,
        w_in: w_in?,
    })
}

fn cuba_fire<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Option<CubaLif> {
    let cuba = cuba(f, found);
    let limits = threshold(f, found);
    let CubaLi {
        tau_syn,
        tau_mem,
        r,
        v_leak,
        w_in,
    } = cuba?;
    let [v_threshold, v_reset] = limits?;
    Some(CubaLif {
        tau_syn,
        tau_mem,
        r,
        v_leak,
        v_threshold,
        v_reset,
        w_in,
    })
}

/// The edges: (N, 2) strings. An empty list may have any type.
fn edges<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Vec<(String, String)> {
    let place = f.at("edges");
    if !f.has("edges") {
        found.file(&place, ReadProblem::Missing);
    }
    match f.value("edges", found) {
        Some(Value::Texts { shape, data }) if shape.len() == 2 && shape[1] == 2 => {
            return data
                .chunks_exact(2)
                .map(|pair| (pair[0].clone(), pair[1].clone()))
                .collect();
        }
        Some(value) if value.shape().contains(&0) => {}
        Some(Value::Texts { shape, .. }) => found.file(
            &place,
            ReadProblem::Rank {
                found: shape.clone(),
                wanted: "(edges, 2)",
            },
        ),
        Some(other) => found.file(
            &place,
            ReadProblem::Kind {
                found: other.kind(),
                wanted: "pairs of text",
            },
        ),
        None => {}
    }
    vec![]
}

fn metadata<'a>(f: &mut H5Fields<'a>, found: &Findings) -> Metadata {
    if !f.has("metadata") {
        return Metadata::new();
    }
    let place = f.at("metadata");
    f.group("metadata", found)
        .map(|group| annotations(group, &place, found))
        .unwrap_or_default()
}

fn annotations(group: &H5Group, place: &str, found: &Findings) -> BTreeMap<String, MetadataValue> {
    let mut out = BTreeMap::new();
    for (name, item) in &group.items {
        let place = format!("{place}/{name}");
        let value = match item {
            Item::Group(inner) => MetadataValue::Group(annotations(inner, &place, found)),
            Item::Value(Value::Texts { shape, data }) if shape.is_empty() && data.len() == 1 => {
                MetadataValue::Text(data[0].clone())
            }
            Item::Value(Value::Texts { data, .. }) => MetadataValue::Texts(data.clone()),
            Item::Value(Value::Floats(t) | Value::Integers(t) | Value::Booleans(t)) => {
                MetadataValue::Numbers(t.clone())
            }
            Item::Unreadable(problem) => {
                found.file(&place, problem.clone());
                continue;
            }
        };
        out.insert(name.clone(), value);
    }
    out
}
