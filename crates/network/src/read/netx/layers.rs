//! The layers of a `.net` file, read one after another into a netlist.
//!
//! The format has no edges: each layer takes what the layer before it gives, so a layer is read
//! with the shape and the axonal delays of its predecessor. After a layer that is refused nothing
//! is known of either; the layers behind it are still read for mistakes of their own.

use super::upsample::Resampling;
use super::{Average, Drive, Netx, NetxLayer};
use super::{neuron, sigma_delta};
use crate::netlist::Netlist;
use crate::problem::{FileProblem, ReadProblem, of_a_file};
use crate::read::h5::fields::H5Fields;
use crate::read::h5::{H5Group, Item};
use seamount_diagnose::{Findings, Refusal};
use std::collections::BTreeMap;

/// Neurons of the largest layer accepted.
const NEURONS_MAX: i64 = 1 << 24;

/// Reads the root group.
pub(super) fn network(name: &str, root: &H5Group) -> Result<Netx, Refusal> {
    let findings = of_a_file();
    let mut fields = H5Fields::new(root, "");
    if !fields.has("layer") {
        findings.file(
            "",
            ReadProblem::Unsupported("is an HDF5 file, but not of netx: it has no 'layer'".into()),
        );
        return Err(Refusal {
            findings: findings.into_vec(),
        });
    }
    let steps_per_sample = simulation(&mut fields, &findings);
    let mut chain = Chain::new(name, findings);
    chain.net.steps_per_sample = steps_per_sample;
    if let Some(layers) = fields.group("layer", &chain.findings) {
        chain.layers(layers);
        chain.programs();
        chain.resonators_are_last();
        fields.finish(&chain.findings);
    }
    let Chain { net, findings, .. } = chain;
    if findings.is_empty() {
        net.netlist
            .check()
            .into_iter()
            .for_each(|f| findings.push(f));
    }
    findings.or(net)
}

fn simulation(fields: &mut H5Fields, findings: &Findings) -> Option<u64> {
    if !fields.has("simulation") {
        return None;
    }
    let group = fields.group("simulation", findings)?;
    let mut f = H5Fields::new(group, "simulation");
    f.optional_integer("Ts", (1, 1), findings);
    let steps = f.optional_integer("tSample", (1, i64::from(u32::MAX)), findings);
    f.finish(findings);
    steps.map(|steps| steps as u64)
}

/// What the next layer connects to.
#[derive(Debug, Clone)]
pub(super) struct Before {
    /// Name of the input or population.
    pub(super) name: String,
    /// Channels, height, width.
    pub(super) shape: [usize; 3],
    /// Axonal delays of its neurons: 1 element or one per neuron.
    pub(super) delays: Vec<i64>,
    /// Whether a `flatten` came since.
    pub(super) flat: bool,
}

/// The chain as read so far.
pub(super) struct Chain {
    pub(super) net: Netx,
    pub(super) findings: Findings,
    /// None before the first layer and after a refused one.
    pub(super) before: Option<Before>,
    counts: BTreeMap<&'static str, usize>,
    /// A layer was refused: shapes after it are unknown.
    pub(super) broken: bool,
}

/// Types that exist and cannot be honoured.
const REFUSED: [(&str, &str); 1] = [(
    "concat",
    "joins several chains, which the format does not describe",
)];

impl Chain {
    fn new(name: &str, findings: Findings) -> Chain {
        let net = Netx {
            netlist: Netlist::new(name),
            layers: vec![],
            steps_per_sample: None,
            average: None,
            delta_input: None,
        };
        Chain {
            net,
            findings,
            before: None,
            counts: BTreeMap::new(),
            broken: false,
        }
    }

    fn layers(&mut self, group: &H5Group) {
        let count = group.items.len();
        for (name, item) in &group.items {
            if name
                .parse::<usize>()
                .ok()
                .filter(|&i| i < count && i.to_string() == *name)
                .is_none()
            {
                self.findings
                    .file(&format!("layer/{name}"), ReadProblem::Unknown);
            } else if !matches!(item, Item::Group(_)) {
                self.findings.file(
                    &format!("layer/{name}"),
                    ReadProblem::Kind {
                        found: "an array",
                        wanted: "a group",
                    },
                );
            }
        }
        if count == 0 {
            self.findings.file("layer", ReadProblem::Missing);
        }
        for index in 0..count {
            let place = format!("layer/{index}");
            match group.items.get(&index.to_string()) {
                Some(Item::Group(layer)) => {
                    if self.layer(index, layer, &place).is_none() {
                        self.broken = true;
                        self.before = None;
                    }
                }
                _ => self.broken = true,
            }
        }
        if let Some(before) = &self.before
            && before.delays.iter().any(|&delay| delay != 0)
        {
            let text = "delays the spikes of the last layer, which go to no synapse that could hold the delay";
            let index = self.net.layers.last().map_or(0, |layer| layer.index);
            self.findings.file(
                &format!("layer/{index}/delay"),
                ReadProblem::Unsupported(text.into()),
            );
        }
    }

    /// Reads one layer; `None` if it was refused.
    fn layer(&mut self, index: usize, group: &H5Group, place: &str) -> Option<()> {
        let mut f = H5Fields::new(group, place);
        let kind = f.text("type", &self.findings)?;
        if self.net.average.is_some() {
            self.findings.file(
                place,
                ReadProblem::Unsupported(
                    "follows an 'average' layer, which has no spikes to send".into(),
                ),
            );
            return None;
        }
        let done = match kind {
            "input" => self.input(index, f, place),
            "flatten" => self.flatten(f, place),
            "dense" if f.is_group("weight") => self.resonators(index, f, place),
            "dense_comp" => self.resonators(index, f, place),
            "dense" => self.dense(index, f, place, None),
            "dense_rec" => self.dense(index, f, place, Some("weight_rec")),
            "recurrent" => self.dense(index, f, place, Some("recWeight")),
            "conv" => self.conv(index, f, place),
            "convT" => self.resample(index, f, place, Resampling::Transposed),
            "pool" => self.resample(index, f, place, Resampling::Pool),
            "unpool" => self.resample(index, f, place, Resampling::Unpool),
            "average" => self.average(f, place),
            _ => {
                let problem = match REFUSED.iter().find(|(name, _)| *name == kind) {
                    Some((_, why)) => ReadProblem::Unsupported(format!("('{kind}') {why}")),
                    None => ReadProblem::UnknownType(kind.into()),
                };
                self.findings.file(place, problem);
                return None;
            }
        };
        done.filter(|()| !self.broken)
    }

    pub(super) fn name(&mut self, kind: &'static str) -> String {
        let count = self.counts.entry(kind).or_insert(0);
        *count += 1;
        format!("{kind}-{}", *count - 1)
    }

    /// `shape`: (c, y, x), (n) or (n, 1, 1).
    pub(super) fn shape(&mut self, f: &mut H5Fields) -> Option<[usize; 3]> {
        let axes = f.integers("shape", (1, NEURONS_MAX), &self.findings)?;
        let shape = match axes[..] {
            [n] => [n as usize, 1, 1],
            [c, y, x] => [c as usize, y as usize, x as usize],
            _ => {
                let found = axes.iter().map(|&axis| axis as usize).collect();
                self.findings.file(
                    &f.at("shape"),
                    ReadProblem::Rank {
                        found,
                        wanted: "(n) or (c, y, x)",
                    },
                );
                return None;
            }
        };
        let size = axes
            .iter()
            .try_fold(1i64, |product, &axis| product.checked_mul(axis))
            .unwrap_or(i64::MAX);
        if size > NEURONS_MAX {
            self.findings.file(
                &f.at("shape"),
                ReadProblem::OutOfRange {
                    value: size,
                    min: 1,
                    max: NEURONS_MAX,
                },
            );
            return None;
        }
        Some(shape)
    }

    fn input(&mut self, index: usize, mut f: H5Fields, place: &str) -> Option<()> {
        let shape = self.shape(&mut f);
        if index != 0 {
            self.findings.file(
                place,
                ReadProblem::Unsupported("is an input in the middle of the chain".into()),
            );
            return None;
        }
        let mut drive = None;
        if f.has("neuron") {
            let gain = f
                .optional_integer("weight", (-4096, 4095), &self.findings)
                .unwrap_or(64);
            let offset = f
                .optional_integer("bias", (-4096, 4095), &self.findings)
                .unwrap_or(0);
            let neuron = f.group("neuron", &self.findings);
            f.finish(&self.findings);
            if sigma_delta::is(neuron?) {
                self.delta_input(
                    shape?,
                    neuron?,
                    Drive { gain, offset },
                    &format!("{place}/neuron"),
                )?;
                self.enter(index, "input".into(), shape?, None, vec![0]);
                return Some(());
            }
            drive = Some(Drive { gain, offset });
            let (population, exponent) = neuron::population(
                "input",
                shape?,
                neuron?,
                &format!("{place}/neuron"),
                &self.findings,
            )?;
            if exponent != 0 {
                self.findings.file(
                    &format!("{place}/neuron/wgtExp"),
                    ReadProblem::Unsupported("an input layer has no synapses".into()),
                );
            }
            self.net.netlist.add(population);
        } else {
            f.finish(&self.findings);
            self.net.netlist.input("input", neuron::size(shape?));
        }
        self.enter(index, "input".into(), shape?, drive, vec![0]);
        Some(())
    }

    pub(super) fn enter(
        &mut self,
        index: usize,
        name: String,
        shape: [usize; 3],
        drive: Option<Drive>,
        delays: Vec<i64>,
    ) {
        self.net.layers.push(NetxLayer {
            index,
            name: name.clone(),
            shape,
            drive,
        });
        self.before = Some(Before {
            name,
            shape,
            delays,
            flat: false,
        });
    }

    fn flatten(&mut self, mut f: H5Fields, place: &str) -> Option<()> {
        let shape = self.shape(&mut f);
        f.finish(&self.findings);
        let size = shape?.iter().product::<usize>();
        let Some(before) = &mut self.before else {
            return self.without_source(place);
        };
        let found = before.shape.iter().product::<usize>();
        if found != size {
            self.findings.file(
                &format!("{place}/shape"),
                ReadProblem::Shape {
                    found: shape?.into(),
                    wanted: before.shape.into(),
                },
            );
            return None;
        }
        (before.shape, before.flat) = ([size, 1, 1], true);
        Some(())
    }

    /// A layer that needs one before it.
    pub(super) fn without_source(&mut self, place: &str) -> Option<()> {
        if !self.broken {
            self.findings.file(
                place,
                ReadProblem::Unsupported("has no layer before it whose shape is known".into()),
            );
        }
        None
    }

    fn average(&mut self, mut f: H5Fields, place: &str) -> Option<()> {
        let shape = self.shape(&mut f);
        f.finish(&self.findings);
        let groups = shape?.iter().product::<usize>();
        let Some(before) = &self.before else {
            return self.without_source(place);
        };
        let neurons = before.shape.iter().product::<usize>();
        if !neurons.is_multiple_of(groups) {
            let text =
                format!("averages {neurons} neurons into {groups} outputs, which does not divide");
            self.findings.file(place, ReadProblem::Unsupported(text));
            return None;
        }
        self.net.average = Some(Average {
            groups,
            neurons_per_group: neurons / groups,
        });
        Some(())
    }
}
