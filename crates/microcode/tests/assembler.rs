//! The assembler: what it accepts, what it says when it does not, and the way back to text.

use proptest::prelude::*;
use seamount_diagnose::Finding;
use seamount_microcode::*;

fn messages(text: &str) -> Vec<String> {
    let error = assemble_text(text).unwrap_err();
    error
        .findings
        .iter()
        .map(|f| format!("{}: {}", f.place, reason(f)))
        .collect()
}

/// The problem without the line that is shown below it.
fn reason(finding: &Finding) -> &str {
    finding.problem.lines().next().unwrap_or_default()
}

fn line(finding: &Finding) -> usize {
    finding.place.position.expect("a line").line
}

#[test]
fn shipped_programs_assemble_and_round_trip() {
    assert!(shipped().iter().filter(|p| !p.fragment).count() >= 11);
    for shipped in shipped() {
        assert!(
            shipped.summary().len() > 20,
            "{}: no first line of comment",
            shipped.name
        );
        if shipped.fragment {
            continue;
        }
        let assembled = shipped_program(shipped.name).expect("not a fragment");
        let program = assembled.verified.program();
        assert_eq!(program.name, shipped.name);
        assert!(program.instructions.len() <= 64);
        assert_eq!(assembled.places.len(), program.instructions.len());
        let again = assemble_text(&program.to_string())
            .unwrap_or_else(|e| panic!("{}\n{program}\n{e}", shipped.name));
        assert_eq!(again.verified, assembled.verified, "{}", shipped.name);
        let words = program.words().unwrap();
        let back: Vec<Instruction> = words
            .into_iter()
            .map(|w| Instruction::decode(w).unwrap())
            .collect();
        assert_eq!(back, program.instructions, "{}", shipped.name);
    }
}

#[test]
fn a_program_with_everything() {
    let text = "
; a comment
.program all
.spike graded16
.state u v
.param neuron d_u
.param shared vth = 0x40    ; hexadecimal
.probe shown
start:  mov r0, u           ; lower case
        MUL_SHR r0, r0, d_u, 12
        LT r0, vth
        JMP_C out
        SKP_NC 1
        RMW r1, v, -3
        PROBE shown, r0
out: last: SPIKE r0
";
    let assembled = assemble_text(text).unwrap();
    let program = assembled.verified.program();
    assert_eq!(
        (program.spike, &program.states[..]),
        (SpikeKind::Graded16, &["u".to_string(), "v".into()][..])
    );
    assert_eq!(
        (program.parameters[1].scope, program.parameters[1].default),
        (Scope::Shared, Some(64))
    );
    assert_eq!(program.instructions.len(), 8);
    assert_eq!(
        program.instructions[7],
        Instruction::Spike {
            x: Operand::Register(0)
        }
    );
    assert_eq!(assembled.places[0].line, 9);
}

#[test]
fn included_programs_can_be_extended() {
    let text =
        ".program twice\n.param neuron threshold = 100\n.include \"lif\"\n MOV r9, 3\n TRC 1, r9";
    let assembled = assemble_text(text).unwrap();
    let program = assembled.verified.program();
    assert_eq!(program.name, "twice");
    assert_eq!(assembled.verified.writes_trace, [true, false, false]);
    let threshold = &program.parameters[program.parameter("threshold").unwrap()];
    assert_eq!(
        (threshold.scope, threshold.default),
        (Scope::Neuron, Some(100))
    );
    assert_eq!(
        assembled.places.last().map(|p| (p.file.as_str(), p.line)),
        Some(("program", 5))
    );
    assert_eq!(assembled.places[0].file, "current");
    // labels of an included program are its own
    assert_eq!(
        messages(".program a\n.include \"lif\"\n JMP quiet")[0],
        "program:3:6: there is no label 'quiet' here"
    );
}

#[test]
fn all_findings_at_once_with_line_and_column() {
    let text = ".program p
.state u u
.param both x
.param shared big = 9000000
.spike graded7
.oops
        MOV r16, 1
        ADD r0, uu, 1
        ADD r0, u, 1
        FROB r1
        ADD_C r0, r0, 1
        MUL_SHR r0, 3, r0, 12
        JMP nowhere
        MOV r0 1
        PROBE y, r0
        RMW r0, a0, 1
        ADD r0, r0, 9000000
a:      MOV r0, 1
a:      END
.include \"nothing\"
.include lif";
    let expected = [
        ":2:10: the state word 'u' is here a second time",
        ":3:8: 'both' is no scope: neuron or shared",
        ":4:21: '9000000' is no number in -8388608..=8388607",
        ":5:8: 'graded7' is no kind of spike; binary, graded8, graded16, graded24, graded32",
        ":6:1: there is no directive '.oops'; .program, .spike, .state, .param, .probe, .include",
        ":7:13: 'r16' is no register r0..r15: MOV rd, x (a register, number, parameter, state word or port)",
        ":8:17: 'uu' is not a register, number or parameter; is it 'u'?",
        ":9:17: 'u' is in memory: bring it into a register first, MOV r0, u",
        ":10:9: there is no instruction 'FROB'; MOV RDC",
        ":11:9: ADD has no condition; SKP, JMP and RDC have",
        ":12:21: '3' is no register r0..r15: MUL_SHR rd, ra, x, places",
        ":13:13: there is no label 'nowhere' here",
        ":14:16: operands are separated by commas",
        ":15:15: there is no probe 'y': declare it with .probe y",
        ":16:17: ports are read with MOV or RDC, never written",
        ":17:21: '9000000' is no number in -8388608..=8388607",
        ":19:1: the label 'a' is here a second time",
        ":20:10: there is no shipped program or fragment 'nothing'",
        ":21:1: a name in quotes: .include \"lif\"",
    ];
    let found = messages(text);
    for (found, expected) in found.iter().zip(expected) {
        let rest = found.strip_prefix("program").unwrap();
        let start = expected.trim_end_matches("; is it 'u'?");
        assert!(rest.starts_with(start), "{found}\n{expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

/// The verifier looks at what could be read, whatever else is wrong.
#[test]
fn lines_that_could_be_read_are_verified_beside_those_that_could_not() {
    let text =
        ".program p\n FROB r1\n JMP nowhere\n MOV r16, 1\n ADD r0, r1, r2\nb: LT r0, 1\n JMP_C b\n";
    let found = messages(text);
    let starts = [
        "program:2:2: there is no instruction 'FROB'",
        "program:3:6: there is no label 'nowhere' here",
        "program:4:6: 'r16' is no register",
        "program:5:2: reads r2, which is not written on every path to here",
        "program:7:2: goes backward, to instruction 4: jumps go forward only",
    ];
    assert!(
        found.len() == starts.len() && found.iter().zip(starts).all(|(f, s)| f.starts_with(s)),
        "{found:#?}"
    );
    let text = ".program p\n.state u\n RDC r0, s0\n MUL_SHR r0, r0, r0, 48\n SHL r1, r0, 24\n TRC 4, r0\n PROBE x, r0\n SPIKE r7\n";
    let lines = [
        "4:2: shift by 48",
        "5:2: shift by 24",
        "6:2: there is no trace y4",
        "7:8: there is no probe",
        "8:2: reads r7",
    ];
    let found = messages(text);
    assert!(
        found.len() == 5
            && found
                .iter()
                .zip(lines)
                .all(|(f, l)| f.starts_with(&format!("program:{l}"))),
        "{found:#?}"
    );
    // what a missing file would have written is not known
    assert_eq!(
        messages(".program p\n.include \"gone\"\n ADD r0, r1, 1\n SHL r0, r0, 30").len(),
        2
    );
}

/// One line that cannot be read brings no findings about others.
#[test]
fn a_broken_line_alone_is_found() {
    for shipped in shipped().iter().filter(|p| !p.fragment) {
        let plain = shipped_program(shipped.name)
            .expect("not a fragment")
            .verified
            .program()
            .to_string();
        for (at, line) in plain.lines().enumerate().filter(|(_, l)| {
            !l.trim_start().starts_with('.') && !l.trim().is_empty() && !l.trim_end().ends_with(':')
        }) {
            let (label, instruction) = line
                .split_once(": ")
                .map_or(("", line), |(label, rest)| (label, rest));
            let Some((_, operands)) = instruction.trim().split_once(' ').or(Some(("", ""))) else {
                continue;
            };
            let colon = if label.is_empty() { "" } else { ":" };
            let mut lines: Vec<String> = plain.lines().map(String::from).collect();
            for broken in [
                format!("{label}{colon} FROB {operands}"),
                format!("{label}{colon} {} , ", instruction.trim()),
            ] {
                lines[at] = broken;
                let found = messages(&lines.join("\n"));
                assert!(
                    found.len() == 1 && found[0].starts_with(&format!("program:{}:", at + 1)),
                    "{}: {line}\n{found:#?}",
                    shipped.name
                );
            }
        }
    }
}

#[test]
fn names_that_are_too_many_are_placed() {
    let states: String = (0..150)
        .map(|row| {
            format!(
                ".state {}\n",
                (0..10).map(|k| format!("w{row}_{k} ")).collect::<String>()
            )
        })
        .collect();
    let parameters: String = (0..300)
        .map(|p| format!(".param shared p{p} = 1\n"))
        .collect();
    let text = format!(".program p\n{states}{parameters} MOV r0, w149_9\n ADD r0, r0, p299\n");
    assert_eq!(
        messages(&text),
        [
            "program:27:44: 1500 state words; at most 256: this is the first too many",
            "program:408:15: 300 parameters; at most 256: this is the first too many",
        ]
    );
}

#[test]
fn files_of_another_version_say_so_before_anything_else() {
    let of = |text: &str| {
        from_json(text)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let other = "format 'seamount-program', version 99; expected 'seamount-program', version 1";
    assert_eq!(of(r#"{"format":"seamount-program","version":99}"#), [other]);
    assert_eq!(
        of(r#"{"format":"seamount-program","version":99,"new":[]}"#),
        [other]
    );
    let missing = ["name", "spike", "words"];
    assert_eq!(
        of(r#"{"format":"seamount-program","version":1}"#),
        missing.map(|field| format!("{field}: is missing"))
    );
    assert_eq!(of(r#"{"version":1}"#)[0], "format: is missing");
    assert_eq!(of("no"), ["line 1, column 2: expected ident"]);
}

#[test]
fn a_file_is_refused_with_every_mistake_in_it() {
    let text = r#"{"format": "seamount-program", "version": 1, "name": "p", "spike": "binray",
  "parameters": [{"name": "a", "scope": "neurons", "default": 1.5}, 3], "state": [],
  "words": ["0x0", "zero", 7]}"#;
    let found = from_json(text).unwrap_err();
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let wanted = [
        "line 1, column 68: spike: 'binray' is none of",
        "line 2, column 41: parameters[0].scope: 'neurons' is none of neuron, shared; did you mean",
        "line 2, column 63: parameters[0].default: 1.5 is no whole number",
        "line 2, column 69: parameters[1]: holds 3, wanted an object",
        "line 3, column 13: words[0]: there is no operation 0",
        "line 3, column 20: words[1]: 'zero' is no hexadecimal number of 64 bit",
        "line 3, column 28: words[2]: holds 7, wanted a text",
        "line 2, column 73: state: is not known here; did you mean 'states'?",
    ];
    assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{line}, wanted {wanted}");
    }
}

#[test]
fn the_verifier_speaks_of_lines() {
    let text = ".program p\n ADD r0, r1, 1\nback:\n LT r0, 2\n JMP_C back\n SPIKE\n SPIKE r0";
    let error = assemble_text(text).unwrap_err();
    let found: Vec<(usize, &str)> = error
        .findings
        .iter()
        .map(|f| (line(f), reason(f)))
        .collect();
    assert_eq!(
        found,
        [
            (2, "reads r1, which is not written on every path to here"),
            (5, "goes backward, to instruction 1: jumps go forward only"),
            (
                7,
                "is a second spike in one step on some path: a neuron spikes at most once"
            ),
        ]
    );
    let shown = error.to_string();
    assert!(shown.starts_with("program:2:2: reads r1, which"), "{shown}");
    assert!(
        shown.contains("\n    2 |  ADD r0, r1, 1\n      |  ^^^^^^^^^^^^^"),
        "{shown}"
    );
}

#[test]
fn a_program_that_is_too_long_says_where() {
    let text = format!(".program p\n{}", " MOV r0, 1\n".repeat(70));
    assert_eq!(
        messages(&text),
        ["program:66:2: instruction 65 of at most 64"]
    );
    assert_eq!(
        messages(".state u"),
        ["program:1:1: the program has no name: .program lif"]
    );
    assert_eq!(
        messages(".program p"),
        ["program:1:1: the program has no instructions"]
    );
}

struct Files;

impl Includes for Files {
    fn text(&self, name: &str) -> Result<String, String> {
        match name {
            "a" => Ok(".include \"b\"".into()),
            "b" => Ok(".include \"a\"".into()),
            "wide" => Ok(".include \"wider\"\n".repeat(60)),
            "wider" => Ok(".include \"widest\"\n".repeat(60)),
            "widest" => Ok("; nothing that is kept\n".into()),
            "many" => Ok(".include \"c\"\n".repeat(100)),
            "c" => Ok(" MOV r0, 1\n".repeat(200)),
            _ => Err(format!("no {name}")),
        }
    }
}

#[test]
fn includes_end() {
    let error = assemble("a", ".include \"b\"", &Files).unwrap_err();
    assert!(error.to_string().contains("'a' includes itself"), "{error}");
    let error = assemble("x", ".include \"many\"", &Files).unwrap_err();
    assert!(
        error.to_string().contains("more than 10000 lines"),
        "{error}"
    );
}

/// Lines that include are not kept, so that a limit of lines alone does not end the reading.
#[test]
fn inclusions_are_counted_and_said_once() {
    let text = ".include \"wide\"\n".repeat(60);
    let error = assemble("x", &text, &Files).unwrap_err().to_string();
    assert_eq!(
        error.matches("more than 100 inclusions").count(),
        1,
        "{error}"
    );
}

#[test]
fn includes_stay_in_their_folder() {
    for name in ["/etc/passwd", "../secret", "a/../../secret"] {
        let error = assemble("x", &format!(".include \"{name}\""), &Files).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("without '..'"), "{shown}");
    }
}

/// Text of words that the assembler knows, in an order that mostly makes no sense.
fn word() -> impl Strategy<Value = String> {
    let known = [
        "MOV", "RDC_C", "RMW", "SEL", "ADD", "ADDS", "MUL_SHR", "LT", "SKP_C", "JMP_NC", "SPIKE",
        "PROBE", "TRC", "END", ".program", ".state", ".param", "shared", "neuron", ".probe",
        ".include", "\"lif\"", "\"", "r0", "r1", "r15", "r16", "a0", "s1", "u", "p", "l", ":", "=",
        "-1", "0x", "12", "9000000", "_", ";", "\t", "\u{e9}",
    ];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(String::from), 1 => any::<String>(), 5 => Just(",".to_string())]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Any text ends in a program or in findings that name a line of it (MC-021).
    #[test]
    fn any_text_is_assembled_or_refused(
        lines in prop::collection::vec(prop::collection::vec(word(), 0..8), 0..20),
    ) {
        let body: Vec<String> = lines.iter().map(|l| l.join(" ")).collect();
        let text = format!(".program p\n.state u\n.param shared p = 3\n{}", body.join("\n"));
        check(&text);
    }

    /// Instructions that are well formed: they assemble, or the verifier refuses them by line.
    #[test]
    fn well_formed_text_is_verified(
        lines in prop::collection::vec((0usize..12, 0u8..4, 0u8..4, -30i32..30), 1..30),
    ) {
        let one = |(kind, a, b, n): &(usize, u8, u8, i32)| match kind {
            0 => format!("MOV r{a}, u"),
            1 => format!("MOV r{a}, {n}"),
            2 => format!("ADDS r{a}, r{b}, r{a}, {n}"),
            3 => format!("LT r{a}, p"),
            4 => format!("SEL r{a}, r{b}, {n}"),
            5 => format!("SHL r{a}, r{b}, {n}"),
            6 => format!("MUL_SHR r{a}, r{b}, p, {}", n.abs()),
            7 => format!("SKP_C {}", n.abs() % 4),
            8 => format!("RMW r{a}, u, r{b}"),
            9 => format!("TRC {a}, r{b}"),
            10 => "JMP_NC end".to_string(),
            _ => format!("RDC r{a}, s1"),
        };
        let body: Vec<String> = lines.iter().map(one).collect();
        check(&format!(".program p\n.state u\n.param shared p = 3\nMOV r0, 1\nMOV r1, 2\n{}\nend:\n", body.join("\n")));
    }
}

fn check(text: &str) {
    match assemble_text(text) {
        Ok(assembled) => {
            let program = assembled.verified.program();
            assert_eq!(verify(program.clone()).as_ref(), Ok(&assembled.verified));
            let again = assemble_text(&program.to_string())
                .unwrap_or_else(|e| panic!("{text}\n{program}\n{e}"));
            assert_eq!(again.verified, assembled.verified);
        }
        Err(error) => {
            assert!(!error.findings.is_empty());
            for finding in &error.findings {
                assert!(!reason(finding).is_empty());
                let file = finding.place.file.as_deref().expect("a file");
                let lines = shipped_text(file).unwrap_or(text).lines().count();
                assert!((1..=lines).contains(&line(finding)), "{finding}");
            }
            assert!(error.to_string().contains('|'));
        }
    }
}
