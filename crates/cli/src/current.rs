//! Constant currents and pictures from files.

use crate::failure::Failure;
use crate::{files, input};
use seamount_network::graph::{Graph, Node};
use seamount_network::netlist::Netx;
use seamount_network::npy::{self, FloatArray};
use seamount_study::npz;
use std::collections::BTreeMap;
use std::path::Path;

/// The arrays of a .npz by name, or the one of a .npy under no name.
fn arrays(path: &Path) -> Result<BTreeMap<String, FloatArray>, Failure> {
    let bytes = files::read(path, input::FILE_BYTES_MAX)?;
    let members = match path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase()
        .as_str()
    {
        "npy" => BTreeMap::from([(String::new(), bytes)]),
        "npz" => npz::read(&bytes).map_err(|problem| Failure::input(path, problem))?,
        _ => {
            return Err(Failure::usage(
                "--current",
                format!(
                    "{}: wanted a file that ends in .npy or .npz",
                    path.display()
                ),
            ));
        }
    };
    let read = |(name, bytes): (String, Vec<u8>)| {
        let place = if name.is_empty() {
            String::new()
        } else {
            format!("array '{name}': ")
        };
        let array =
            npy::read_floats(&bytes).map_err(|e| Failure::input(path, format!("{place}{e}")))?;
        Ok((name, array))
    };
    members.into_iter().map(read).collect()
}

/// The picture that drives the input neurons of a netx network.
pub fn picture(path: &Path, netx: &mut Netx) -> Result<(), Failure> {
    let arrays = arrays(path)?;
    let mut values = arrays.values();
    let (Some(array), None) = (values.next(), values.next()) else {
        return Err(Failure::input(
            path,
            format!("holds {} arrays, wanted one picture", arrays.len()),
        ));
    };
    netx.set_picture(&array.shape, &array.data)
        .map_err(|problem| Failure::input(path, problem))
}

/// Currents of a float graph by Input: an array without a name is for the only one.
pub fn by_input(path: &Path, graph: &Graph) -> Result<BTreeMap<String, Vec<f64>>, Failure> {
    let inputs: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|(_, n)| matches!(n, Node::Input(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    let shapes = graph.shapes_known();
    let mut currents = BTreeMap::new();
    for (name, array) in arrays(path)? {
        let input = match (name.as_str(), &inputs[..]) {
            ("", [only]) => only,
            ("", _) => {
                return Err(Failure::input(
                    path,
                    format!(
                        "which input? the graph has {}; use a .npz",
                        inputs.join(", ")
                    ),
                ));
            }
            (name, _) => {
                let problem = || {
                    Failure::input(
                        path,
                        format!(
                            "there is no input '{name}'; there are {}",
                            inputs.join(", ")
                        ),
                    )
                };
                inputs.iter().find(|i| **i == name).ok_or_else(problem)?
            }
        };
        let shape: Vec<u64> = shapes
            .get(*input)
            .map_or(vec![], |s| s.iter().map(|n| *n as u64).collect());
        let flat = [shape.iter().product::<u64>()];
        if array.shape != shape && array.shape != flat {
            return Err(Failure::input(
                path,
                format!(
                    "shape {:?}, wanted {shape:?} of input '{input}'",
                    array.shape
                ),
            ));
        }
        currents.insert(input.to_string(), array.data);
    }
    Ok(currents)
}
