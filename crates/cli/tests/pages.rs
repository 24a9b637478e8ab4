//! Pages and pictures of results, and networks written back as NIR.

mod bench;

use bench::{Bench, NET};
use serde_json::Value;

/// The charts that stand in a page.
fn charts(page: &str) -> Vec<Value> {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"charts\">")
        .expect("charts");
    let (charts, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(charts).expect("JSON")
}

/// Names of the charts of a page.
fn names(page: &str) -> Vec<String> {
    let name = |chart: &Value| chart["file"].as_str().expect("a name").to_string();
    charts(page).iter().map(name).collect()
}

fn page(bench: &Bench, file: &str) -> String {
    String::from_utf8(bench.read(file)).expect("text")
}

#[test]
fn a_run_is_a_page_of_its_charts() {
    let bench = Bench::new("page-of-a-run");
    let text = bench.ok(
        "run net.json --steps 30 --input in.csv --html run.html --svg pictures \
         --fidelity pipeline --probe hidden.voltage --probe hidden.spike",
    );
    assert!(text.contains("wrote run.html"), "{text}");
    let page = page(&bench, "run.html");
    let found = names(&page);
    for wanted in [
        "raster",
        "recording-0-hidden-voltage",
        "energy-davies2018",
        "steps-spikes",
        "steps-operations",
        "time-steps",
        "time-stages",
        "plan-energy",
        "plan-operations",
        "plan-memory",
        "weights",
        "limits",
    ] {
        assert!(
            found.iter().any(|name| name == wanted),
            "{wanted}: {found:?}"
        );
        let svg = bench.read(&format!("pictures/{wanted}.svg"));
        assert!(svg.starts_with(b"<svg"), "{wanted}");
    }
    assert!(page.contains(&format!("data-charts=\"{}\"", found.len())));
    // the spikes of the picture are those of the report
    let report = bench.ok("--json run net.json --steps 30 --input in.csv --probe hidden.spike");
    let report: Value = serde_json::from_str(&report).unwrap();
    let sums = report["probes"].as_array().unwrap().iter();
    let sums: i64 = sums.map(|probe| probe["sum"].as_i64().unwrap()).sum();
    let all = charts(&page);
    let raster = all.iter().find(|chart| chart["file"] == "raster").unwrap();
    let layers = raster["spec"]["layer"].as_array().unwrap().iter();
    let dots = layers.map(|layer| layer["data"]["values"][0]["x"].as_array().unwrap().len());
    assert!(sums > 0);
    assert_eq!(dots.sum::<usize>() as i64, sums);
}

#[test]
fn a_network_without_probes_is_recorded_to_be_looked_at() {
    let bench = Bench::new("page-without-probes");
    let bare = NET
        .split("\"probes\"")
        .next()
        .unwrap()
        .trim_end()
        .trim_end_matches(',');
    bench.file("bare.json", format!("{bare}}}"));
    bench.ok("run bare.json --steps 20 --input in.csv --html run.html");
    let found = names(&page(&bench, "run.html"));
    for wanted in [
        "raster",
        "recording-0-hidden-voltage",
        "recording-1-out-voltage",
    ] {
        assert!(
            found.iter().any(|name| name == wanted),
            "{wanted}: {found:?}"
        );
    }
    // a file of recordings holds what was asked for and nothing else
    let refused = bench
        .run("run bare.json --steps 20 --html a.html --out a.npz")
        .expect(2);
    refused.says("the network has no probes");
    assert!(!bench.files().contains(&"a.html".to_string()));
}

#[test]
fn names_of_users_are_text() {
    let bench = Bench::new("page-of-names");
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'&";
    let json = NET
        .replace("\"tiny\"", &format!("\"{hostile}\""))
        .replace("hidden", hostile);
    bench.file("hostile.json", json);
    bench.ok("run hostile.json --steps 20 --html run.html --svg pictures");
    let page = page(&bench, "run.html");
    // its own scripts and the element of the charts
    assert_eq!(page.matches("<script").count(), 5);
    assert_eq!(page.matches("</script").count(), 5);
    assert!(!page.contains("<img src=x"));
    assert!(page.contains("&lt;img src=x onerror=alert(2)&gt;"));
    let told = charts(&page)
        .iter()
        .map(Value::to_string)
        .collect::<String>();
    assert!(told.contains(hostile), "{told}");
    for file in std::fs::read_dir(bench.folder.join("pictures")).unwrap() {
        let svg = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!svg.contains("<script") && !svg.contains("<img"), "{svg}");
    }
}

/// A network of one compartment a neuron, which NIR can express.
const PLAIN: &str = r#"{"format":"seamount-netlist","version":1,"name":"plain",
 "inputs":[{"name":"in","size":2}],
 "populations":[{"name":"out","size":2,"compartments":[
   {"name":"soma","current_decay":4095,"voltage_decay":128,"threshold_mantissa":100}]}],
 "projections":[{"name":"w","source":"in","target":"out",
   "connectivity":{"kind":"dense","weights":[[90,30],[60,120]]}}],
 "probes":[{"name":"out.spike","target":"out","register":"spike"}]}"#;

#[test]
fn other_results_are_pages_too() {
    let bench = Bench::new("pages");
    bench.file("plain.json", PLAIN);
    bench.file("in.csv", "step,input,neuron\n0,in,0\n1,in,1\n3,in,0\n");
    let said = bench.ok("convert plain.json -o plain.nir --dt 1e-3");
    assert!(said.contains("wrote plain.nir"), "{said}");
    let compare = "compare plain.nir --steps 20 --input in.csv --dt 1e-3 --html graph.html";
    assert!(bench.ok(compare).contains("float"));
    let found = names(&page(&bench, "graph.html"));
    assert!(found.iter().any(|name| name == "spikes-whole"), "{found:?}");
    assert!(
        found.iter().any(|name| name == "voltages-registers"),
        "{found:?}"
    );
    bench.ok("compare plain.json plain.json --steps 20 --input in.csv --html two.html");
    assert!(page(&bench, "two.html").contains("Comparison of plain.json"));
    bench.ok("lab eprop-pattern --sequences 2 --no-float --html lab.html");
    assert_eq!(names(&page(&bench, "lab.html")), ["losses", "readouts"]);
}

#[test]
fn what_nir_cannot_say_is_refused_with_every_place_and_nothing_is_written() {
    let bench = Bench::new("convert-refused");
    let refused = bench.run("convert net.json -o net.nir").expect(1);
    refused.says("populations[0] 'hidden': has several compartments");
    assert!(!bench.files().contains(&"net.nir".to_string()));
    bench
        .run("convert net.json -o net.json")
        .expect(2)
        .says(".nir");
    bench.file("plain.json", PLAIN);
    for dt in ["0", "-1", "inf", "nan"] {
        let line = format!("convert plain.json -o plain.nir --dt={dt}");
        bench.run(&line).expect(1).says("dt: ");
    }
    assert!(!bench.files().contains(&"plain.nir".to_string()));
}

#[test]
fn a_page_replaces_no_input_and_is_whole_or_not_there() {
    let bench = Bench::new("page-refused");
    bench.file("net.html", NET);
    for line in [
        "run net.html --steps 2 --html net.html",
        "compare net.html net.json --steps 2 --html net.html",
    ] {
        bench.run(line).expect(2).says("is both read and written");
        assert_eq!(bench.read("net.html"), NET.as_bytes(), "{line}");
    }
    bench
        .run("run net.json --steps 2 --html page.txt")
        .expect(2)
        .says(".html");
    bench
        .run("run net.json --steps 2 --html gone/page.html")
        .expect(4)
        .says("gone/page.html");
    bench
        .run("run net.json --steps 2 --html a.html --per-step a.html")
        .expect(2)
        .says("is named for two outputs");
    let mut files = bench.files();
    files.sort();
    assert_eq!(files, ["in.csv", "net.html", "net.json"]);
}
