//! `seamount data`: from a server on this machine, with what can go wrong.

mod bench;

use bench::Bench;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server of the files of a folder that answers requests for ranges, on a port of its own.
struct Server {
    address: String,
    /// First lines and ranges of requests.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(folder: PathBuf) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let asked = Arc::new(Mutex::new(vec![]));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &folder, &log);
            }
        });
        Server { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn answer(mut stream: TcpStream, folder: &Path, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut from = 0;
    for line in lines {
        let line = line?;
        let range = line.to_ascii_lowercase();
        if let Some(range) = range.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock()
        .expect("no panic")
        .push(format!("{first} from {from}"));
    let name = first
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches('/');
    match std::fs::read(folder.join(name)) {
        Err(_) => write!(
            stream,
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
        ),
        Ok(bytes) => {
            let rest = &bytes[from.min(bytes.len())..];
            let code = if from > 0 { 206 } else { 200 };
            let length = rest.len();
            let last = bytes.len().saturating_sub(1);
            let all = bytes.len();
            write!(
                stream,
                "HTTP/1.1 {code} OK\r\ncontent-length: {length}\r\n\
                 content-range: bytes {from}-{last}/{all}\r\nconnection: close\r\n\r\n"
            )?;
            stream.write_all(rest)
        }
    }
}

/// A file of the catalogue that this machine has, to serve it from here.
fn stored_file(bench: &Bench) -> Option<Vec<u8>> {
    let data = std::env::var_os("SEAMOUNT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let found = std::fs::read(data.join("nxtf-dnn-mnist/a_minist_model_99pct.h5")).ok();
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI must have the data");
        let _ = writeln!(
            std::io::stderr(),
            "skipped: data of others are not there ({})",
            bench.folder.display()
        );
    }
    found
}

#[test]
fn data_sets_are_listed_with_source_and_licence() {
    let bench = Bench::new("data_list");
    let text = bench.ok("data list");
    for part in [
        "loihi-lsnn-smnist",
        "intel-nrc-ecosystem/models",
        "BSD-3",
        "lab lsnn-smnist",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let one = bench.ok("data list mnist");
    assert!(
        one.contains("t10k-images-idx3-ubyte.gz") && one.contains("rebuilt"),
        "{one}"
    );
    bench
        .run("data list nothing")
        .expect(2)
        .says("there is no data set 'nothing'");
    bench.run("data get mnist").expect(2).says("--dir");
}

#[test]
fn files_are_fetched_checked_and_gone_on_with() {
    let bench = Bench::new("data_get");
    let Some(bytes) = stored_file(&bench) else {
        return;
    };
    let served = bench.folder.join("served/nxtf-dnn-mnist");
    std::fs::create_dir_all(&served).unwrap();
    let name = "a_minist_model_99pct.h5";
    std::fs::write(served.join(name), &bytes).unwrap();
    std::fs::write(served.join("LICENSE.txt"), "another text").unwrap();
    let server = Server::new(bench.folder.join("served"));

    // a download that was broken off goes on; a file with another checksum gets no name
    let set = bench.folder.join("data/nxtf-dnn-mnist");
    std::fs::create_dir_all(&set).unwrap();
    std::fs::write(set.join(format!("{name}.part")), &bytes[..1000]).unwrap();
    let get = format!(
        "data get nxtf-dnn-mnist --dir data --mirror {}",
        server.address
    );
    let got = bench.run(&get).expect(1);
    assert!(got.stderr().contains("downloaded") && got.stderr().contains("SHA-256"));
    assert_eq!(std::fs::read(set.join(name)).unwrap(), bytes);
    assert!(!set.join("LICENSE.txt").exists());
    assert!(!set.join(format!("{name}.part")).exists());
    let asked = server.asked();
    assert!(
        asked
            .iter()
            .any(|line| line.contains(name) && line.ends_with("from 1000")),
        "{asked:?}"
    );

    // what is there is not fetched again; what is wrong there is left alone
    std::fs::write(set.join("LICENSE.txt"), "mine").unwrap();
    let again = bench.run(&get).expect(1);
    assert!(again.stderr().contains("there") && again.stderr().contains("left alone"));
    assert_eq!(std::fs::read(set.join("LICENSE.txt")).unwrap(), b"mine");
    assert_eq!(server.asked().len(), asked.len());

    // nobody answers
    std::fs::remove_file(set.join("LICENSE.txt")).unwrap();
    let gone = "data get nxtf-dnn-mnist --dir data --mirror http://127.0.0.1:9";
    bench.run(gone).expect(1).says("failed: ");
    let check = bench
        .run("data check nxtf-dnn-mnist --dir data --json")
        .expect(1)
        .json();
    assert_eq!(check["complete"], false);
    assert_eq!(check["files"][0]["outcome"], "present");
    assert_eq!(check["files"][1]["outcome"], "absent");
}
