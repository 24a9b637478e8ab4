use super::*;
use crate::npy;
use seamount_diagnose::Finding;
use std::path::{Path, PathBuf};

fn example() -> Netlist {
    let mut net = Netlist::new("example");
    net.input("in", 3);
    net.add(
        Population::new("plain", 4)
            .current_decay(4095)
            .voltage_decay(vec![1u16, 2, 3, 4])
            .threshold_mantissa(9),
    );
    net.add(Population::ahp("slow", 2, 5).threshold_mantissa(508));
    net.connect("in", "plain").dense(vec![vec![1, 0, -2, 3]; 3]);
    net.connect("plain", "slow")
        .pairs([(0, 1, 5), (3, 0, -7)])
        .weight_exponent(vec![1i8, -2])
        .delay(3);
    net.connect("slow", "slow.ahp")
        .one_to_one(-96)
        .weight_exponent(-4);
    net.probe("slow.ahp", Register::Voltage).every = 2;
    net
}

#[test]
fn json_round_trip_is_lossless() {
    let net = example();
    assert_eq!(net.check(), vec![]);
    assert_eq!(
        Netlist::from_json(net.to_json().as_bytes(), Path::new(".")).unwrap(),
        net
    );
}

#[test]
fn long_arrays_travel_in_files() {
    let folder = std::env::temp_dir().join(format!("seamount-netlist-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut net = example();
    net.add(
        Population::new("many", 5000).bias((0..5000).map(|i| i - 2500).collect::<Vec<i16>>(), 0),
    );
    net.connect("plain", "many").dense(
        (0..4)
            .map(|i| (0..5000).map(|j| (i * j) % 200 - 100).collect())
            .collect(),
    );
    for (file, bytes) in net.to_files(&folder.join("net.json")) {
        std::fs::write(file, bytes).unwrap();
    }
    assert_eq!(Netlist::load(&folder.join("net.json")).unwrap(), net);
    assert!(std::fs::metadata(folder.join("net.json")).unwrap().len() < 10_000);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn every_finding_is_reported_at_once() {
    let mut net = example();
    net.populations[0].compartments[0].current_decay = 4096.into();
    net.populations[0].compartments[0].voltage_decay = vec![1u16, 2].into();
    net.populations[1].compartments[1].children = vec!["nobody".into()];
    net.connect("in", "nowhere").all_to_all(1);
    net.connect("in", "plain").all_to_all(300);
    net.probe("in", Register::Spike);
    let found: Vec<String> = net.check().iter().map(Finding::to_string).collect();
    assert_eq!(found.len(), 6, "{found:#?}");
    assert_eq!(
        found[0],
        "populations[0] 'plain'.compartments[0] 'soma'.current_decay: 4096 is outside 0..=4095"
    );
    assert!(found[2].contains("'nobody' names nothing here"));
}

#[test]
fn malformed_files_are_typed_errors() {
    let place = Path::new(".");
    assert!(matches!(
        Netlist::from_json(b"{", place),
        Err(NetlistError::Form(found)) if found.len() == 1
    ));
    let with = |weights: &str| {
        format!(
            r#"{{"format":"seamount-netlist","version":1,"name":"x","populations":[{{"name":"p","size":1,
            "compartments":[{{"name":"c","threshold_mantissa":{weights}}}]}}]}}"#
        )
    };
    assert!(Netlist::from_json(with("1").as_bytes(), place).is_ok());
    for bad in [
        r#"{"npy":"../x.npy"}"#,
        r#"{"npy":"/etc/passwd"}"#,
        r#"{"npy":"absent.npy"}"#,
    ] {
        let refused = Netlist::from_json(with(bad).as_bytes(), place);
        assert!(matches!(refused, Err(NetlistError::Beside(e)) if e.len() == 1));
    }
    assert!(matches!(
        Netlist::from_json(with("[1,2]").as_bytes(), place),
        Err(NetlistError::Invalid(_))
    ));
}

#[test]
fn dense_pairs_and_lists_give_the_same_edges() {
    let mut net = example();
    net.connect("in", "plain").pairs([
        (2, 0, 1),
        (0, 3, 3),
        (0, 0, 1),
        (1, 0, 1),
        (0, 2, -2),
        (1, 2, -2),
        (2, 3, 3),
        (1, 3, 3),
        (2, 2, -2),
    ]);
    let dense = net.projections[0].edges(&net).into_owned();
    let pairs = net.projections[3].edges(&net).into_owned();
    for source in 0..3 {
        let mut a: Vec<_> = dense.of(source).collect();
        let mut b: Vec<_> = pairs.of(source).collect();
        a.sort_unstable();
        b.sort_unstable();
        assert_eq!(a, b);
    }
}

/// A netlist of one input of two and one population of two, with the text of its weights.
fn with_weights(weights: &str) -> String {
    format!(
        r#"{{"format":"seamount-netlist","version":1,"name":"x","inputs":[{{"name":"in","size":2}}],
        "populations":[{{"name":"p","size":2,"compartments":[{{"name":"c","threshold_mantissa":1}}]}}],
        "projections":[{{"name":"in->p","source":"in","target":"p",
        "connectivity":{{"kind":"dense","weights":{weights}}}}}]}}"#
    )
}

/// An empty folder for the files of one test.
fn fresh_folder(test: &str) -> PathBuf {
    let name = format!("seamount-netlist-{test}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_slice_of_a_file_is_rows_and_columns_of_it() {
    let folder = fresh_folder("slice");
    std::fs::write(folder.join("w.npy"), npy::to_bytes(&[3, 4], 0..12i64)).unwrap();
    std::fs::write(folder.join("one.npy"), npy::to_bytes(&[5], 10..15i64)).unwrap();
    let weights = |slice: &str| {
        let net = Netlist::from_json(with_weights(slice).as_bytes(), &folder).unwrap();
        let Connectivity::Dense { weights, .. } = &net.projections[0].connectivity else {
            panic!("another kind");
        };
        weights.rows().to_vec()
    };
    assert_eq!(
        weights(r#"{"npy":"w.npy","rows":[1,3],"columns":[1,3]}"#),
        [[5, 6], [9, 10]]
    );
    assert_eq!(
        weights(r#"{"npy":"w.npy","rows":[0,2],"columns":[2,4]}"#),
        [[2, 3], [6, 7]]
    );
    // one axis: all elements lie along the rows
    let text = r#"{"format":"seamount-netlist","version":1,"name":"x","populations":[{"name":"p","size":2,
        "compartments":[{"name":"c","threshold_mantissa":{"npy":"one.npy","rows":[2,4]}}]}]}"#;
    let net = Netlist::from_json(text.as_bytes(), &folder).unwrap();
    assert_eq!(
        net.populations[0].compartments[0]
            .threshold_mantissa
            .written(),
        [12, 13]
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_slice_that_is_none_is_refused_with_its_place_and_the_range() {
    let folder = fresh_folder("no-slice");
    std::fs::write(folder.join("w.npy"), npy::to_bytes(&[3, 4], 0..12i64)).unwrap();
    std::fs::write(folder.join("one.npy"), npy::to_bytes(&[5], 0..5i64)).unwrap();
    std::fs::write(folder.join("three.npy"), npy::to_bytes(&[1, 2, 2], 0..4i64)).unwrap();
    let refused = |slice: &str| {
        Netlist::from_json(with_weights(slice).as_bytes(), &folder)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(r#"{"npy":"w.npy","rows":[1,4]}"#),
        "in->p.weights in w.npy: rows [1, 4] are no part of an axis of length 3; wanted 0 <= first < end <= 3"
    );
    // empty, backwards, and columns of an array without any
    assert!(refused(r#"{"npy":"w.npy","columns":[2,2]}"#).contains("columns [2, 2]"));
    assert!(refused(r#"{"npy":"w.npy","rows":[2,1]}"#).contains("rows [2, 1]"));
    assert!(refused(r#"{"npy":"one.npy","columns":[0,1]}"#).contains("an axis of length 0"));
    assert!(refused(r#"{"npy":"three.npy","rows":[0,1]}"#).contains("has 3 axes"));
    // a slice has two ends and no other names
    assert!(refused(r#"{"npy":"w.npy","rows":[1]}"#).contains("line"));
    assert!(refused(r#"{"npy":"w.npy","row":[0,1]}"#).contains("line"));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The findings of a text of JSON, as a user reads them.
fn refused(text: &str) -> Vec<String> {
    let error = Netlist::from_json(text.as_bytes(), Path::new(".")).unwrap_err();
    error.to_string().lines().map(String::from).collect()
}

#[test]
fn the_structure_of_json_is_refused_all_at_once() {
    let text = r#"{
  "format": "seamount-netlist", "version": 1, "nam": "x",
  "inputs": [{"name": "in", "size": 0.5}],
  "populations": [
    {"name": "h", "size": 2, "compartments": [
      {"name": "soma", "threshold_mantissa": -5, "current_decay": [0, 4096, "a", 0.5],
       "threshold_mode": "satturate", "bias_mantissa": "3"}
    ], "core": {"noise_exponent": 24}}
  ],
  "projections": [
    {"name": "p", "source": "in", "target": "h", "connectivity":
      {"kind": "all_to_all", "weigths": 3}},
    {"name": "q", "source": "in", "target": "h", "connectivity": {"kind": "dens", "weights": [[1]]}},
    {"name": "r", "source": "in", "target": "h", "connectivity":
      {"kind": "dense", "weights": [[0.1, 0.2], [0.3, 400]], "delay": 63}}
  ]
}"#;
    let soma = "populations[0] 'h'.compartments[0] 'soma'";
    let wanted = [
        "line 2, column 47: nam: is not known here; did you mean 'name'?".to_string(),
        "line 3, column 37: inputs[0] 'in'.size: 0.5 is no whole number of 1..=4294967295".into(),
        format!("line 6, column 46: {soma}.threshold_mantissa: -5 is outside 0..=131071"),
        format!("line 6, column 71: {soma}.current_decay[1]: 4096 is outside 0..=4095"),
        format!("line 6, column 77: {soma}.current_decay[2]: holds 'a', wanted a whole number"),
        format!("line 6, column 82: {soma}.current_decay[3]: 0.5 is no whole number of 0..=4095"),
        format!(
            "line 7, column 26: {soma}.threshold_mode: 'satturate' is none of spike_and_reset, \
             pass_to_parent, saturate; did you mean 'saturate'?"
        ),
        format!(
            "line 7, column 56: {soma}.bias_mantissa: holds '3', wanted a whole number or an array \
             of numbers or an object with 'npy'"
        ),
        "line 8, column 35: populations[0] 'h'.core.noise_exponent: 24 is outside 0..=23".into(),
        "line 12, column 30: projections[0] 'p'.connectivity.weigths: is not known here; did you \
         mean 'weight'?"
            .into(),
        "line 12, column 7: projections[0] 'p'.connectivity.weight: is missing".into(),
        "line 13, column 75: projections[1] 'q'.connectivity.kind: 'dens' is none of dense, pairs, \
         lists, one_to_one, generated, all_to_all; did you mean 'dense'?"
            .into(),
        "line 15, column 38: projections[2] 'r'.connectivity.weights[0][0]: 0.1 is no whole number \
         of -256..=255"
            .into(),
    ];
    let found = refused(text);
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
    assert_eq!(found.len(), 18, "{found:#?}");
    assert_eq!(
        found[17], "line 1, column 1: name: is missing",
        "{found:#?}"
    );
}

#[test]
fn a_mistake_of_the_language_has_its_place_once() {
    assert_eq!(
        refused("{\"format\": \"seamount-netlist\",\n  \"version\": 1,}"),
        ["line 2, column 16: trailing comma"]
    );
    assert_eq!(
        refused(r#"{"format": "seamount-netlist", "version": 2, "cores": []}"#),
        ["format 'seamount-netlist', version 2; expected 'seamount-netlist', version 1"]
    );
}

#[test]
fn one_word_for_weights_and_delays_is_as_good_as_the_other() {
    let read = |connectivity: &str| {
        let text = format!(
            r#"{{"format": "seamount-netlist", "version": 1, "name": "x",
              "inputs": [{{"name": "in", "size": 2}}],
              "populations": [{{"name": "h", "size": 2, "compartments": [{{"name": "soma", "threshold_mantissa": 9}}]}}],
              "projections": [{{"name": "p", "source": "in", "target": "h",
                "connectivity": {connectivity}}}]}}"#
        );
        let netlist = Netlist::parse(text.as_bytes(), Path::new(".")).expect("a netlist");
        netlist.projections[0].connectivity.clone()
    };
    for (one, other) in [
        (
            r#"{"kind": "all_to_all", "weight": 3, "delay": 1}"#,
            r#"{"kind": "all_to_all", "weights": 3, "delays": 1}"#,
        ),
        (
            r#"{"kind": "one_to_one", "weights": [3, 4], "delays": 1}"#,
            r#"{"kind": "one_to_one", "weight": [3, 4], "delay": 1}"#,
        ),
        (
            r#"{"kind": "dense", "weights": [[1, 2], [3, 4]], "delay": 1}"#,
            r#"{"kind": "dense", "weight": [[1, 2], [3, 4]], "delays": 1}"#,
        ),
        (
            r#"{"kind": "lists", "offsets": [0, 1, 1], "targets": [1], "weights": 5}"#,
            r#"{"kind": "lists", "offsets": [0, 1, 1], "targets": [1], "weight": 5}"#,
        ),
    ] {
        assert_eq!(read(one), read(other), "{other}");
    }
    let twice = refused(
        r#"{"format": "seamount-netlist", "version": 1, "name": "x",
          "projections": [{"name": "p", "source": "a", "target": "b", "connectivity":
            {"kind": "all_to_all", "weight": 3, "weights": 4}}]}"#,
    );
    let finding = "projections[0] 'p'.connectivity.weights: is written twice in one object";
    assert!(twice.iter().any(|f| f.ends_with(finding)), "{twice:#?}");
}
