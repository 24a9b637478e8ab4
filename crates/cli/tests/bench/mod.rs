//! A folder of its own for each test, the program, and small files.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A network with two inputs, a two-compartment population and delays.
pub const NET: &str = r#"{"format":"seamount-netlist","version":1,"name":"tiny","seed":7,
 "inputs":[{"name":"left","size":3},{"name":"right","size":2}],
 "populations":[
  {"name":"hidden","size":4,"core":{"noise_exponent":10},"compartments":[
    {"name":"ahp","current_decay":4095,"voltage_decay":100,"threshold_mantissa":10000,"threshold_mode":"pass_to_parent"},
    {"name":"soma","current_decay":2048,"voltage_decay":128,"threshold_mantissa":100,"noise":true,"join":"add","children":["ahp"]}]},
  {"name":"out","size":2,"core":{"noise_exponent":10},"compartments":[{"name":"soma","current_decay":4095,"voltage_decay":0,"threshold_mantissa":150}]}],
 "projections":[
  {"name":"a","source":"left","target":"hidden","connectivity":{"kind":"dense","weights":[[100,50,0,20],[0,120,30,4],[60,0,200,-40]]}},
  {"name":"b","source":"right","target":"hidden","connectivity":{"kind":"all_to_all","weight":90,"delay":2}},
  {"name":"c","source":"hidden","target":"hidden.ahp","connectivity":{"kind":"one_to_one","weights":-20}},
  {"name":"d","source":"hidden","target":"out","connectivity":{"kind":"all_to_all","weight":40}}],
 "probes":[{"name":"out spikes","target":"out","register":"spike"}]}"#;

/// Events of the network above: step, input, neuron, source over all inputs.
pub const EVENTS: [(u64, &str, u32, u32); 7] = [
    (0, "left", 0, 0),
    (0, "left", 1, 1),
    (1, "right", 0, 3),
    (3, "left", 2, 2),
    (5, "left", 1, 1),
    (5, "right", 1, 4),
    (9, "left", 2, 2),
];

/// A fresh folder with `net.json` and `in.csv`.
pub struct Bench {
    /// The folder.
    pub folder: PathBuf,
}

impl Bench {
    /// A folder for the test of that name.
    pub fn new(test: &str) -> Bench {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let bench = Bench { folder };
        bench.file("net.json", NET);
        let rows: String = EVENTS
            .iter()
            .map(|(s, i, n, _)| format!("{s},{i},{n}\n"))
            .collect();
        bench.file("in.csv", format!("step,input,neuron\n{rows}"));
        bench
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Runs the program in the folder; words of the line are its arguments.
    pub fn run(&self, line: &str) -> Ran {
        self.run_with(&[], line)
    }

    /// The same with environment variables.
    pub fn run_with(&self, variables: &[(&str, &Path)], line: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seamount"));
        let command = command
            .args(line.split_whitespace())
            .current_dir(&self.folder)
            .envs(variables.iter().copied());
        Ran {
            line: line.into(),
            output: command.output().unwrap(),
        }
    }

    /// Runs the program, which must succeed.
    pub fn ok(&self, line: &str) -> String {
        self.run(line).expect(0).stdout()
    }

    /// Names of the files in the folder.
    pub fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the program did.
pub struct Ran {
    line: String,
    /// Status and texts.
    pub output: Output,
}

impl Ran {
    /// Exits with that code, and without a panic.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        let line = &self.line;
        let stderr = self.stderr();
        assert!(!stderr.contains("panicked"), "{line}: {stderr}");
        assert_eq!(self.output.status.code(), Some(code), "{line}: {stderr}");
        self
    }

    /// Says this on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        let stderr = self.stderr();
        assert!(
            stderr.contains(text),
            "{}: wanted '{text}' in: {stderr}",
            self.line
        );
        self
    }

    /// Standard output.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Standard error.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout()).unwrap_or_else(|e| panic!("{}: {e}", self.line))
    }
}

/// A .npy file of integers.
pub fn npy<T: npyz::AutoSerialize>(shape: &[u64], data: impl IntoIterator<Item = T>) -> Vec<u8> {
    use npyz::WriterBuilder;
    let mut bytes = vec![];
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .writer(&mut bytes)
        .begin_nd()
        .unwrap();
    writer.extend(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A ZIP archive of stored members, as `numpy.savez` writes it.
pub fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![];
    let mut directory = vec![];
    for (name, data) in members {
        let name = format!("{name}.npy");
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        fields.extend(crc.sum().to_le_bytes());
        fields.extend((data.len() as u32).to_le_bytes());
        fields.extend((data.len() as u32).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0; 2]);
        let at = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(name.bytes());
        out.extend(data);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let at = out.len() as u32;
    let size = directory.len() as u32;
    let count = members.len() as u16;
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    out
}
