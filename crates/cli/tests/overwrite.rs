//! No output may be a file that the command reads, however the command came to read it.

mod bench;

use bench::{Bench, npy};

/// The network of the bench with the weights of one projection in an array.
fn with_array(bench: &Bench) {
    let weights = r#""weights":[[100,50,0,20],[0,120,30,4],[60,0,200,-40]]"#;
    let text = bench::NET.replace(weights, r#""weights":{"npy":"w.npy"}"#);
    assert!(text.contains("w.npy"));
    bench.file("array.json", text);
    let values = [100i32, 50, 0, 20, 0, 120, 30, 4, 60, 0, 200, -40];
    bench.file("w.npy", npy(&[3, 4], values));
}

#[test]
fn inputs_that_are_named_only_by_other_inputs_survive() {
    let bench = Bench::new("overwrite");
    with_array(&bench);
    bench.file("part.asm", " MOV r0, a0\n");
    bench.file("whole.asm", ".program x\n.include \"part.asm\"\n SPIKE\n");
    bench.ok("run net.json --steps 2 --save-state mid.state");
    for (line, input) in [
        ("compile array.json -o w.npy", "w.npy"),
        ("compile array.json -o ./w.npy", "w.npy"),
        ("compile array.json -o a.img --report w.npy", "w.npy"),
        ("run array.json --steps 2 --save-state w.npy", "w.npy"),
        ("asm whole.asm -o part.asm", "part.asm"),
        (
            "compile net.json --optimise-placement --traffic-input in.csv -o in.csv",
            "in.csv",
        ),
        (
            "run net.json --steps 2 --load-state mid.state --save-state mid.state",
            "mid.state",
        ),
    ] {
        let before = bench.read(input);
        let files = bench.files();
        let ran = bench.run(line).expect(2).says("is both read and written");
        assert!(ran.stderr().contains(input), "{line}: {}", ran.stderr());
        assert_eq!(bench.read(input), before, "{line}");
        assert_eq!(bench.files(), files, "{line}");
    }
}

#[cfg(unix)]
#[test]
fn links_to_inputs_are_inputs() {
    let bench = Bench::new("overwrite-links");
    with_array(&bench);
    std::os::unix::fs::symlink("w.npy", bench.folder.join("soft")).unwrap();
    std::fs::hard_link(bench.folder.join("w.npy"), bench.folder.join("hard")).unwrap();
    let before = bench.read("w.npy");
    for name in ["soft", "hard"] {
        bench
            .run(&format!("compile array.json -o {name}"))
            .expect(2)
            .says("is both read and written");
        assert_eq!(bench.read("w.npy"), before);
    }
}

/// A pipe would be waited for without end: nobody is known to write it.
#[cfg(unix)]
#[test]
fn an_array_that_is_a_pipe_is_refused() {
    let bench = Bench::new("pipe");
    with_array(&bench);
    std::fs::remove_file(bench.folder.join("w.npy")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(bench.folder.join("w.npy"))
        .status();
    assert!(made.unwrap().success());
    bench
        .run("compile array.json -o a.img")
        .expect(4)
        .says("is no regular file");
}
