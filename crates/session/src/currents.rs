//! Constant currents of a float graph, and the picture of a netx network, from files or arrays.

use crate::failure::Failure;
use crate::{files, npz};
use seamount_network::graph::{Graph, Node};
use seamount_network::netlist::Netx;
use seamount_network::npy::{self, FloatArray};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What enters a network in every step instead of spikes. It goes into biases when the network is
/// made.
#[derive(Debug, Clone, PartialEq)]
pub enum Currents {
    /// A .npy of one number for each element of the only input, or a .npz with an array named after
    /// each input. The file is read when the network is.
    File(PathBuf),
    /// Arrays by the name of their input; under an empty name, of the only input.
    Arrays(BTreeMap<String, FloatArray>),
}

impl Currents {
    /// What failures are about: the file, or the option.
    fn place(&self) -> &Path {
        match self {
            Currents::File(path) => path,
            Currents::Arrays(_) => Path::new("current"),
        }
    }

    fn arrays(&self) -> Result<BTreeMap<String, FloatArray>, Failure> {
        match self {
            Currents::File(path) => from_file(path),
            Currents::Arrays(arrays) => Ok(arrays.clone()),
        }
    }

    /// Sets the picture that drives the input neurons of a netx network.
    pub(crate) fn draw_on(&self, netx: &mut Netx) -> Result<(), Failure> {
        let arrays = self.arrays()?;
        let mut values = arrays.values();
        let (Some(array), None) = (values.next(), values.next()) else {
            let problem = format!("holds {} arrays, wanted one picture", arrays.len());
            return Err(Failure::input(self.place(), problem));
        };
        netx.set_picture(&array.shape, &array.data)
            .map_err(|problem| Failure::input(self.place(), problem))
    }

    /// The currents of a float graph by Input, one number for each element.
    pub(crate) fn by_input(&self, graph: &Graph) -> Result<BTreeMap<String, Vec<f64>>, Failure> {
        let inputs: Vec<&str> = graph
            .nodes
            .iter()
            .filter(|(_, node)| matches!(node, Node::Input(_)))
            .map(|(name, _)| name.as_str())
            .collect();
        let shapes = graph.shapes_known();
        let mut currents = BTreeMap::new();
        for (name, array) in self.arrays()? {
            let input = meant(&name, &inputs).map_err(|p| Failure::input(self.place(), p))?;
            let shape: Vec<u64> = shapes
                .get(input)
                .map_or(vec![], |s| s.iter().map(|n| *n as u64).collect());
            let flat = [shape.iter().product::<u64>()];
            if array.shape != shape && array.shape != flat {
                let problem = format!(
                    "shape {:?}, wanted {shape:?} of input '{input}'",
                    array.shape
                );
                return Err(Failure::input(self.place(), problem));
            }
            currents.insert(input.to_string(), array.data);
        }
        Ok(currents)
    }
}

/// The input that an array of a name is for.
fn meant<'a>(name: &str, inputs: &[&'a str]) -> Result<&'a str, String> {
    match (name, inputs) {
        ("", [only]) => Ok(only),
        ("", _) => Err(format!(
            "which input? the graph has {}; use a .npz",
            inputs.join(", ")
        )),
        _ => inputs
            .iter()
            .find(|input| **input == name)
            .copied()
            .ok_or_else(|| {
                format!(
                    "there is no input '{name}'; there are {}",
                    inputs.join(", ")
                )
            }),
    }
}

/// The arrays of a .npz by name, or the one of a .npy under an empty name.
fn from_file(path: &Path) -> Result<BTreeMap<String, FloatArray>, Failure> {
    let bytes = files::read(path, files::DATA_BYTES_MAX)?;
    let members = match files::ending(path).as_str() {
        "npy" => BTreeMap::from([(String::new(), bytes)]),
        "npz" => npz::read(&bytes).map_err(|e| e.about(path))?,
        _ => {
            let problem = format!(
                "{}: wanted a file that ends in .npy or .npz",
                path.display()
            );
            return Err(Failure::option("current", problem));
        }
    };
    let mut arrays = BTreeMap::new();
    for (name, bytes) in members {
        let place = if name.is_empty() {
            String::new()
        } else {
            format!("array '{name}': ")
        };
        let array =
            npy::read_floats(&bytes).map_err(|e| Failure::input(path, format!("{place}{e}")))?;
        arrays.insert(name, array);
    }
    Ok(arrays)
}
