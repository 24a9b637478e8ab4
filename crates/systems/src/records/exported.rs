//! Networks that Lava-DL exported, with what its own simulator or its tests hold of them.
//!
//! A file's column is not a chip's step: the layers of Lava-DL show a spike some columns after the
//! input that caused it. How many is a constant of each record, and is written beside it.

use super::record::BitsCompared;
use super::run::{RecordRun, run};
use seamount_chip::RunOptions;
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Netx, Population, Programmed, Register};
use seamount_session::Failure;
use seamount_spec::Board;
use seamount_study::arrays::Archive;
use seamount_study::text::wrong;
use std::path::Path;

/// Columns by which the output of `ntidigits.net` is recorded after the row of the chip.
const NTIDIGITS_LATE: usize = 2;
/// The same of the layers of `made_cuba_dense_delay.net`.
const DENSE_DELAY_LATE: usize = 1;

/// A table of 0 and 1, neurons x columns, as the archive has it.
struct Raster {
    columns: usize,
    cells: Vec<bool>,
}

impl Raster {
    fn read(archive: &mut Archive, name: &str, axes: usize) -> Raster {
        let (shape, data) = archive.floats(name, &vec![None; axes]);
        Raster {
            columns: shape[axes - 1],
            cells: data.into_iter().map(|x| x != 0.0).collect(),
        }
    }

    fn neurons(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    fn at(&self, neuron: usize, column: usize) -> bool {
        self.cells[neuron * self.columns + column]
    }

    /// The spikes as events of a host: column c is sent in step c.
    fn events(&self) -> Vec<(u64, &'static str, u32)> {
        let all = 0..self.cells.len();
        all.filter(|i| self.cells[*i])
            .map(|i| {
                (
                    (i % self.columns) as u64,
                    "input",
                    (i / self.columns) as u32,
                )
            })
            .collect()
    }

    /// Every cell beside the spikes of a population, of which each `every`-th neuron is recorded,
    /// so many columns after the chip's row as `late` says of the neuron.
    fn beside(
        &self,
        ran: &RecordRun,
        probe: &str,
        every: usize,
        late: impl Fn(usize) -> usize,
    ) -> BitsCompared {
        let words = ran.words(probe);
        let recording = ran.seen.recording(probe);
        let width = recording.map_or(1, |r| r.neurons.len());
        let cell = |i: usize| {
            let neuron = i / self.columns;
            let column = i % self.columns;
            let row = column.checked_sub(late(neuron));
            let found = row.map_or(0, |row| words[row * width + neuron * every]);
            (i64::from(self.at(neuron, column)), found)
        };
        BitsCompared::of((0..self.cells.len()).map(cell))
    }
}

/// Reads a network and lets it record the spikes of some layers.
fn network(path: &Path, layers: &[&str]) -> Result<Netx, Failure> {
    let mut net = Netx::read(path).map_err(|e| wrong(path, e))?;
    for layer in layers {
        net.netlist.probe(layer, Register::Spike);
    }
    Ok(net)
}

/// N-TIDIGITS with axonal delays: the input of Lava-DL's test.
pub(super) struct Ntidigits {
    pub ran: RecordRun,
    output: Raster,
}

/// Runs the network of spoken digits with the recorded input.
pub(super) fn ntidigits(folder: &Path, settings: &RunOptions) -> Result<Ntidigits, Failure> {
    let net = network(&folder.join("ntidigits.net"), &["fc-2"])?;
    let mut archive = Archive::open(&folder.join("ntidigits_io.npz"))?;
    let input = Raster::read(&mut archive, "input", 2);
    let output = Raster::read(&mut archive, "output_even", 2);
    archive.end()?;
    let steps = input.columns as u64;
    let options = CompileOptions::default();
    let ran = run(&net.netlist, &options, steps, &input.events(), settings)?;
    Ok(Ntidigits { ran, output })
}

impl Ntidigits {
    /// The spikes of every second output neuron.
    pub fn records(&self) -> Vec<(&'static str, BitsCompared)> {
        let bits = self
            .output
            .beside(&self.ran, "fc-2.spike", 2, |_| NTIDIGITS_LATE);
        vec![("output-spikes", bits)]
    }
}

/// Two dense layers with delays, both layers' spikes.
pub(super) fn dense_delay(folder: &Path) -> Result<Vec<(&'static str, BitsCompared)>, Failure> {
    let folder = folder.join("others");
    let layers = ["fc-0", "fc-1"];
    let net = network(&folder.join("made_cuba_dense_delay.net"), &layers)?;
    let mut archive = Archive::open(&folder.join("made_cuba_dense_delay.npz"))?;
    let input = Raster::read(&mut archive, "x", 3);
    let recorded = ["y0", "y1"].map(|name| Raster::read(&mut archive, name, 3));
    archive.end()?;
    let steps = input.columns as u64;
    let options = CompileOptions::default();
    let settings = RunOptions::new();
    let ran = run(&net.netlist, &options, steps, &input.events(), &settings)?;
    // a spike is recorded when it leaves; on the chip it waits at the synapses that it goes to
    let edges = net.netlist.projections[1].edges(&net.netlist);
    let waits: Vec<usize> = (0..recorded[0].neurons() as u32)
        .map(|source| {
            edges
                .of(source)
                .next()
                .map_or(0, |(.., delay)| delay.into())
        })
        .collect();
    let first = recorded[0].beside(&ran, "fc-0.spike", 1, |n| DENSE_DELAY_LATE + waits[n]);
    let second = recorded[1].beside(&ran, "fc-1.spike", 1, |_| DENSE_DELAY_LATE);
    Ok(vec![("first-layer", first), ("second-layer", second)])
}

/// Sine and cosine of a turn of a seventh of a circle that leaves 95 %, of 4096, and the threshold
/// of 1.1 in weights of 64: what the test of Lava-DL has.
const RESONATOR: [(&str, i32); 4] = [
    ("sin", 3042),
    ("cos", 2426),
    ("threshold", 70),
    ("back", 69),
];

/// Resonators after Izhikevich with one input each: a spike is added to both parts.
pub(super) fn resonators(folder: &Path) -> Result<Vec<(&'static str, BitsCompared)>, Failure> {
    let mut archive = Archive::open(&folder.join("resonators").join("rf_iz_input.npz"))?;
    let input = Raster::read(&mut archive, "input", 2);
    let spikes = Raster::read(&mut archive, "spikes", 2);
    archive.end()?;
    let size = input.neurons() as u32;
    let mut net = Netlist::new("resonators");
    net.program("resonator", include_str!("resonator.asm"));
    net.input("input", size);
    let mut program = Programmed::new("resonator");
    for (name, value) in RESONATOR {
        program.parameters.insert(name.into(), value.into());
    }
    net.add(Population::programmed("n", size, program));
    net.connect("input", "n").one_to_one(1);
    net.probe("n", Register::Spike);
    let options = CompileOptions::new(Board::loihi2());
    let steps = input.columns as u64;
    let ran = run(&net, &options, steps, &input.events(), &RunOptions::new())?;
    Ok(vec![("spikes", spikes.beside(&ran, "n.spike", 1, |_| 0))])
}
