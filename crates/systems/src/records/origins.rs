//! The list of origins: who published records, what of them can be compared here, and why the
//! rest cannot. A new origin is an entry here and, where it has data, a function that compares.

use super::record::{BitsCompared, FigureCompared, PublishedRecord, RecordResult};
use super::{RecordsOptions, exported, figures, nmnist, slayer};
use crate::flags::DumpedOptions;
use crate::netx::pilotnet::NetxPilotnet;
use crate::netx::pilotnet_sdnn::NetxPilotnetSdnn;
use crate::nir::lif::{LifOptions, NirLif};
use seamount_chip::RunOptions;
use seamount_session::Failure;
use seamount_study::datasets::{Dataset, Datasets};
use seamount_study::experiment::Experiment;
use std::path::PathBuf;

/// Somebody who published records.
pub(super) struct RecordOrigin {
    /// Name, as `--only` asks for it.
    pub name: &'static str,
    laboratory: &'static str,
    machine: &'static str,
    silicon: bool,
    source: &'static str,
    /// How somebody without the data gets them; empty where there are none.
    get: &'static str,
    compare: Compare,
}

/// How an origin is compared.
enum Compare {
    /// By running what its data describe.
    Run(fn(&RecordData) -> Result<Vec<ComparedRecord>, Failure>),
    /// Not: why.
    Not(&'static str, &'static str),
}

/// A record of an origin that was compared: its name, what it is, and the comparison.
struct ComparedRecord {
    name: String,
    what: String,
    result: RecordResult,
}

/// What a comparison may use.
struct RecordData<'a> {
    options: &'a RecordsOptions,
    datasets: Datasets,
    threads: usize,
}

impl RecordData<'_> {
    fn folder(&self, what: &str, folder: &str, file: &str) -> Result<PathBuf, Failure> {
        self.datasets.find(Dataset::new(what, folder, file))
    }

    fn dumped(&self) -> DumpedOptions {
        DumpedOptions {
            data: self.options.data.clone(),
            dump: None,
            threads: Some(self.threads as u16),
        }
    }
}

fn bits(name: &str, what: &str, bits: BitsCompared) -> ComparedRecord {
    ComparedRecord {
        name: name.into(),
        what: what.into(),
        result: RecordResult::Bits(bits),
    }
}

fn figure(named: (&'static str, &'static str, FigureCompared)) -> ComparedRecord {
    ComparedRecord {
        name: named.0.into(),
        what: named.1.into(),
        result: RecordResult::Figure(named.2),
    }
}

impl RecordOrigin {
    /// The records of this origin. Whatever goes wrong becomes a record that says so.
    pub fn records(&self, options: &RecordsOptions, threads: usize) -> Vec<PublishedRecord> {
        let bench = RecordData {
            options,
            datasets: Datasets::new(options.data.as_deref()),
            threads,
        };
        let compared = match self.compare {
            Compare::Run(run) => run(&bench).unwrap_or_else(|failure| {
                vec![ComparedRecord {
                    name: String::new(),
                    what: "all of its records".into(),
                    result: RecordResult::of_failure(&failure, self.get),
                }]
            }),
            Compare::Not(what, reason) => vec![ComparedRecord {
                name: String::new(),
                what: what.into(),
                result: RecordResult::OutOfReach {
                    reason: reason.into(),
                },
            }],
        };
        compared.into_iter().map(|one| self.record(one)).collect()
    }

    fn record(&self, one: ComparedRecord) -> PublishedRecord {
        let name = match one.name.as_str() {
            "" => self.name.to_string(),
            name => format!("{}/{name}", self.name),
        };
        PublishedRecord {
            name,
            laboratory: self.laboratory.into(),
            machine: self.machine.into(),
            silicon: self.silicon,
            source: self.source.into(),
            what: one.what,
            result: one.result,
        }
    }
}

/// Every origin, in the order of the table: silicon first.
pub(super) const ORIGINS: &[RecordOrigin] = &[
    RecordOrigin {
        name: "slayer",
        laboratory: "National University of Singapore",
        machine: "Loihi 1",
        silicon: true,
        source: "Shrestha and Orchard, SLAYER, 2018: test files of bamsumit/slayerPytorch, 01beeeb",
        get: "folder slayer-loihi, made of test/test_files/Loihi of that repository",
        compare: Compare::Run(of_slayer),
    },
    RecordOrigin {
        name: "nmnist",
        laboratory: "National University of Singapore",
        machine: "Loihi 1",
        silicon: true,
        source: "SLAYER, exampleLoihi/02_NMNIST of bamsumit/slayerPytorch, 01beeeb",
        get: "folder nmnist-loihi, made of that example and of its test files",
        compare: Compare::Run(of_nmnist),
    },
    RecordOrigin {
        name: "lsnn-smnist",
        laboratory: "Graz University of Technology",
        machine: "Loihi 1",
        silicon: true,
        source: "Rao, Plank, Wild and Maass, Nature Machine Intelligence 4, 467 (2022), and its \
                 NxSDK model in intel-nrc-ecosystem/models, 3dc53bf",
        get: "folders loihi-lsnn-smnist (that model) and mnist",
        compare: Compare::Run(of_lsnn),
    },
    RecordOrigin {
        name: "nir-lif",
        laboratory: "authors of NIR",
        machine: "Loihi 2",
        silicon: true,
        source: "Pedersen et al., Nature Communications 15, 8122 (2024): paper/01_lif of \
                 neuromorphs/NIR",
        get: "folder nir, made of that repository",
        compare: Compare::Run(of_nir_lif),
    },
    RecordOrigin {
        name: "ntidigits",
        laboratory: "Intel",
        machine: "Lava-DL, fixed point",
        silicon: false,
        source: "ground truth of lava-dl 0.6.0; network and measurements of \
                 intel-nrc-ecosystem/models, 3dc53bf, where it ran on Loihi 1",
        get: "folder slayer-net, made of that model and of the tests of lava-dl",
        compare: Compare::Run(of_ntidigits),
    },
    RecordOrigin {
        name: "pilotnet-lif",
        laboratory: "Intel",
        machine: "Lava-DL; whether its registers were read from silicon is not said",
        silicon: false,
        source: "ground truth of lava-nc/lava-dl, d825ac5: tests of netx, pilotnet_lif",
        get: "folder lava-netx, made of that repository",
        compare: Compare::Run(of_pilotnet),
    },
    RecordOrigin {
        name: "pilotnet-sdnn",
        laboratory: "Intel",
        machine: "Lava-DL, fixed point",
        silicon: false,
        source: "ground truth of lava-nc/lava-dl, d825ac5: tests of netx, pilotnet_sdnn",
        get: "folder lava-netx, made of that repository",
        compare: Compare::Run(of_sdnn),
    },
    RecordOrigin {
        name: "dense-delay",
        laboratory: "Intel",
        machine: "Lava-DL, fixed point",
        silicon: false,
        source: "a random network by the exporter of lava-dl 0.6.0, run by its forward pass",
        get: "folder lava-netx/others",
        compare: Compare::Run(of_dense_delay),
    },
    RecordOrigin {
        name: "resonators",
        laboratory: "Intel",
        machine: "Lava-DL, fixed point",
        silicon: false,
        source: "ground truth of lava-nc/lava-dl, d825ac5: block tests, Izhikevich's resonators",
        get: "folder lava-netx, made of that repository",
        compare: Compare::Run(of_resonators),
    },
    RecordOrigin {
        name: "braille",
        laboratory: "Intel",
        machine: "Loihi 1",
        silicon: true,
        source: "notebooks of spytorch2loihi in intel-nrc-ecosystem/models, 3dc53bf: Nahuku, 32 \
                 chips",
        get: "folder braille-loihi, made of that model",
        compare: Compare::Run(of_braille),
    },
    RecordOrigin {
        name: "nxtf-mnist",
        laboratory: "Intel",
        machine: "Loihi 1",
        silicon: true,
        source: "Rueckauer et al., NxTF, ACM JETC 18 (2022): 14 cores, 6.65 ms, 0.66 mJ an image",
        get: "",
        compare: Compare::Not(
            "time and energy of a convolutional network on MNIST",
            "the measured network was not published: the model at hand (nxtf-dnn-mnist, a Keras \
             file) is that of a tutorial. Export it as NIR to run it here",
        ),
    },
    RecordOrigin {
        name: "keyword-spotting",
        laboratory: "Applied Brain Research",
        machine: "Loihi 1",
        silicon: true,
        source: "Blouw, Choo, Hunsberger and Eliasmith, NICE 2019: 0.27 mJ an inference, 37 uJ \
                 without host",
        get: "",
        compare: Compare::Not(
            "energy and rate of inferences",
            "neither the trained network nor its input spikes are public in a form that can be \
             read without its authors' software",
        ),
    },
    RecordOrigin {
        name: "quartz",
        laboratory: "authors of Quartz",
        machine: "Loihi 1",
        silicon: true,
        source: "Quartz on MNIST: 11 cores, five settings, 13.3 to 96 us a step",
        get: "",
        compare: Compare::Not(
            "time of a step, core dynamic energy",
            "the networks of the five settings were not published",
        ),
    },
    RecordOrigin {
        name: "relnet",
        laboratory: "Graz University of Technology",
        machine: "Loihi 1",
        silicon: true,
        source: "Rao et al. 2022: RelNet on bAbI, 22 chips, 63.67 us a step, 2.03 mJ core dynamic",
        get: "",
        compare: Compare::Not(
            "time of a step, core dynamic energy",
            "its machine runs here with random weights (seamount lab relnet): the trained ones are \
             no part of the data at hand, and no source says what the embedded processors' part of \
             the figures is",
        ),
    },
    RecordOrigin {
        name: "sanafe",
        laboratory: "University of Texas at Austin",
        machine: "Loihi 1",
        silicon: true,
        source: "Boyle et al., SANA-FE: measurements behind the profile sanafe-loihi",
        get: "",
        compare: Compare::Not(
            "energy and time of three applications",
            "the profile sanafe-loihi was fitted to these measurements by its authors, so that \
             they say nothing about it; the measurements themselves were not published",
        ),
    },
];

fn of_slayer(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let folder = bench.folder("the SLAYER record", "slayer-loihi", "hidden_spikes.npy")?;
    let what = |name: &str| match name {
        "hidden-spikes" => "spikes of 25 hidden neurons, 499 steps",
        "hidden-voltage" => "voltage register of a hidden neuron, 499 steps",
        "response-quiet" => "voltage register of a neuron after one spike, 110 steps",
        _ => "voltage register of a neuron through its hold, 46 steps",
    };
    let records = slayer::records(&folder)?.into_iter();
    Ok(records
        .map(|(name, found)| bits(name, what(name), found))
        .collect())
}

fn of_nmnist(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let folder = bench.folder("the N-MNIST record", "nmnist-loihi", "weights.npz")?;
    let what = "whether test samples 1 to 50 are right";
    let records = nmnist::records(&folder, bench.threads)?.into_iter();
    Ok(records
        .map(|(name, found)| bits(name, what, found))
        .collect())
}

fn of_lsnn(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let threads = bench.threads as u16;
    let reports = figures::lsnn_reports(bench.options.data.as_deref(), Some(threads))?;
    let report = &reports[0].1;
    let classes = BitsCompared::counted(
        report.recorded_images as u64,
        report.recorded_agreeing as u64,
    );
    let mut all = vec![bits("classes", "classes of 100 images", classes)];
    all.extend(figures::lsnn(&reports).into_iter().map(figure));
    Ok(all)
}

fn of_nir_lif(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let options = LifOptions {
        files: bench.dumped(),
        ..LifOptions::default()
    };
    let report = NirLif::run(&options, seamount_study::Progress::UNSEEN)?;
    let steps = report.steps as u64;
    let equal = |n: usize| BitsCompared::counted(steps, n as u64);
    Ok(vec![
        bits(
            "voltage",
            "voltage register of one neuron, 1000 steps",
            equal(report.recorded_voltage_equal),
        ),
        bits(
            "spikes",
            "spikes of one neuron, 1000 steps",
            equal(report.recorded_spikes_equal),
        ),
    ])
}

fn of_ntidigits(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let folder = bench.folder("the N-TIDIGITS record", "slayer-net", "ntidigits_io.npz")?;
    let mut settings = RunOptions::new().threads(bench.threads);
    settings.record = true;
    let ran = exported::ntidigits(&folder, &settings)?;
    let what = "spikes of every second of 242 output neurons, 3000 steps";
    let spikes = ran.records().into_iter();
    let mut all: Vec<ComparedRecord> = spikes
        .map(|(name, found)| bits(name, what, found))
        .collect();
    all.extend(figures::ntidigits(&ran).into_iter().map(figure));
    Ok(all)
}

fn of_pilotnet(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let report = NetxPilotnet::run(&bench.dumped(), seamount_study::Progress::UNSEEN)?;
    let files = report.files.iter().map(|file| {
        let found = BitsCompared::counted(file.compared, file.equal);
        bits(&file.name, "currents, voltages or spikes of a layer", found)
    });
    Ok(files.collect())
}

fn of_sdnn(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let report = NetxPilotnetSdnn::run(&bench.dumped(), seamount_study::Progress::UNSEEN)?;
    let files = report.files.iter().map(|file| {
        let found = BitsCompared::counted(file.compared, file.equal);
        bits(&file.name, "messages or sums of a layer", found)
    });
    Ok(files.collect())
}

fn of_dense_delay(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let file = "others/made_cuba_dense_delay.npz";
    let folder = bench.folder("the exported networks", "lava-netx", file)?;
    let what = "spikes of a layer with delays, 200 steps";
    let records = exported::dense_delay(&folder)?.into_iter();
    Ok(records
        .map(|(name, found)| bits(name, what, found))
        .collect())
}

fn of_resonators(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let file = "resonators/rf_iz_input.npz";
    let folder = bench.folder("the recorded resonators", "lava-netx", file)?;
    let what = "spikes of 200 resonators, 2000 steps, on board loihi2";
    let records = exported::resonators(&folder)?.into_iter();
    let records = records.map(|(name, found)| bits(name, what, found));
    Ok(records.collect())
}

fn of_braille(bench: &RecordData) -> Result<Vec<ComparedRecord>, Failure> {
    let file = "braille_rec_th10.net";
    let folder = bench.folder("the Braille network", "braille-loihi", file)?;
    let figures = figures::braille(&folder)?.into_iter();
    Ok(figures.map(figure).collect())
}
