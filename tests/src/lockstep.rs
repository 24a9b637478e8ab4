//! The emulator beside the oracle: one case compiled, run and compared register by register.

use crate::generate::Case;
use crate::oracle::{Cell, StepRecord};
use seamount_chip::{Chip, ChipProgram, NoiseReplay, Observations, RunOptions, SpikeTrain};
use seamount_compile::{CompileError, CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::{Netlist, Register};
use seamount_spec::{Board, EventCounts};

/// Registers that are compared.
const REGISTERS: [Register; 6] = [
    Register::Spike,
    Register::Current,
    Register::Voltage,
    Register::VoltageHardware,
    Register::Refractory,
    Register::Accumulator,
];

/// How a case is run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Compartments that a core of the board holds.
    pub compartments_per_core: u32,
    /// Threads.
    pub threads: usize,
    /// Vector kernel.
    pub vectors: bool,
    /// Steps after which state is saved, the chip thrown away, and a new one restored.
    pub restore_at: Vec<u64>,
    /// Probe accumulators too, which changes what cores keep.
    pub accumulators: bool,
}

/// The netlist with a probe on every register of every compartment.
fn probed(netlist: &Netlist, accumulators: bool) -> Netlist {
    let mut probed = netlist.clone();
    for population in &netlist.populations {
        for compartment in &population.compartments {
            for register in REGISTERS {
                if accumulators || register != Register::Accumulator {
                    probed.probe(
                        &format!("{}.{}", population.name, compartment.name),
                        register,
                    );
                }
            }
        }
    }
    probed
}

/// Compiles a case for the plan's board.
///
/// # Errors
/// What the compiler says.
pub fn image(case: &Case, plan: &Plan) -> Result<CheckedImage, CompileError> {
    image_on(case, plan, CompileOptions::default().board)
}

/// As [`image`], for a board.
///
/// # Errors
/// What the compiler says.
pub fn image_on(case: &Case, plan: &Plan, board: Board) -> Result<CheckedImage, CompileError> {
    let mut options = CompileOptions::new(board);
    options.board.core.compartments = plan.compartments_per_core;
    let compiled = compile(&probed(&case.netlist, plan.accumulators), &options)?;
    // the file form is part of the path
    let image =
        Image::from_bytes(&compiled.image.to_bytes()).expect("an image survives its file form");
    let checked = CheckedImage::prove(image, &options.board, LimitPolicy::Enforce);
    Ok(
        checked
            .unwrap_or_else(|findings| panic!("the compiler emitted a bad image: {findings:#?}")),
    )
}

/// The oracle's noise table as the image has placed it.
pub fn replay(case: &Case, image: &Image) -> Option<NoiseReplay> {
    let noise = case.noise.as_ref()?;
    let mut cores: Vec<Vec<u8>> = image
        .cores
        .iter()
        .map(|c| vec![0; c.compartments.len() * noise.len()])
        .collect();
    for (p, map) in image.populations.iter().enumerate() {
        for (step, table) in noise.iter().enumerate() {
            for (part, values) in table[p].iter().enumerate() {
                for (neuron, &r) in values.iter().enumerate() {
                    let (core, compartment) = map.locate(neuron as u32, part);
                    let width = image.cores[core as usize].compartments.len();
                    cores[core as usize][step * width + compartment as usize] = r;
                }
            }
        }
    }
    Some(NoiseReplay { cores })
}

fn input(case: &Case, program: &ChipProgram) -> SpikeTrain {
    let name = |i: usize| case.netlist.inputs[i].name.as_str();
    let events = case
        .events
        .iter()
        .map(|e| (e.step, name(e.input), e.neuron));
    SpikeTrain::named(program, events).expect("the case's own inputs")
}

/// Runs a case as planned; the parts between restores, in order, and the last snapshot.
pub fn run(case: &Case, plan: &Plan, image: &CheckedImage) -> (Vec<Observations>, Vec<u8>) {
    let fresh = || {
        let mut chip = Chip::load(image);
        if let Some(noise) = replay(case, image.image()) {
            chip.replay_noise(noise).expect("the case's own noise");
        }
        chip
    };
    let mut chip = fresh();
    let input = input(case, chip.program());
    let options = RunOptions::new()
        .threads(plan.threads)
        .vectors(plan.vectors)
        .per_step();
    let mut seen = vec![];
    for &stop in plan.restore_at.iter().chain([&case.steps]) {
        seen.push(chip.run(stop - chip.t(), &input, &options));
        let saved = chip.snapshot();
        chip = fresh();
        chip.restore(&saved).expect("its own snapshot");
    }
    (seen, chip.snapshot())
}

/// Compares all registers of all steps and the counts; the first difference, in words.
///
/// # Errors
/// The first difference: step, population, compartment, neuron, register, both values.
pub fn compare(case: &Case, seen: &[Observations], oracle: &[StepRecord]) -> Result<(), String> {
    for part in seen {
        for recording in &part.recordings {
            let (place, _) = recording
                .name
                .rsplit_once('.')
                .ok_or("a probe without a register")?;
            let (p, c) = locate(&case.netlist, place).ok_or_else(|| format!("no place {place}"))?;
            for (row, step) in recording.steps.iter().enumerate() {
                let cells = &oracle[*step as usize - 1].cells[p][c];
                for (n, cell) in cells.iter().enumerate() {
                    let chip = i64::from(recording.get(row, n));
                    let wanted = wanted(cell, &recording.name);
                    if chip != wanted {
                        return Err(format!(
                            "step {step}, {}, neuron {n}: chip {chip}, oracle {wanted}",
                            recording.name
                        ));
                    }
                }
            }
        }
        for (step, counts) in (part.steps.0..).zip(&part.per_step) {
            let chip = of_chip(counts);
            let wanted = of_oracle(&oracle[step as usize - 1]);
            if chip != wanted {
                return Err(format!(
                    "step {step}: chip counts {chip:?}, oracle {wanted:?}"
                ));
            }
        }
    }
    Ok(())
}

fn locate(netlist: &Netlist, place: &str) -> Option<(usize, usize)> {
    let (population, compartment) = place.split_once('.')?;
    let p = netlist
        .populations
        .iter()
        .position(|x| x.name == population)?;
    let c = netlist.populations[p]
        .compartments
        .iter()
        .position(|x| x.name == compartment)?;
    Some((p, c))
}

fn wanted(cell: &Cell, name: &str) -> i64 {
    match name.rsplit_once('.').map_or("", |(_, register)| register) {
        "spike" => i64::from(cell.spiked),
        "current" => cell.u,
        "voltage" => cell.v,
        "voltage_hardware" => cell.voltage_hardware,
        "refractory" => cell.refractory,
        "accumulator" => cell.q,
        other => panic!("register {other}"),
    }
}

fn of_chip(c: &EventCounts) -> [u64; 7] {
    [
        c.synaptic_operations,
        c.spikes,
        c.q_wraps,
        c.u_wraps,
        c.v_clips,
        c.neuron_updates_active,
        c.neuron_updates_inactive,
    ]
}

fn of_oracle(record: &StepRecord) -> [u64; 7] {
    let c = &record.counts;
    [
        c.synaptic_operations,
        c.spikes,
        c.q_wraps,
        c.u_wraps,
        c.v_clips,
        c.neuron_updates_active,
        c.neuron_updates_inactive,
    ]
}
