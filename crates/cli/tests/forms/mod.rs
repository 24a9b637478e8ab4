//! Readers of the forms that viewers want, written from their definitions.

use serde_json::Value;
use std::collections::BTreeMap;

/// Chrome's trace event format: complete events (X) with a name, process, row, time and duration in
/// microseconds that do not overlap within a row unless one lies inside the other; metadata (M)
/// that names every process and row that is used.
pub fn trace_event_format(events: &[Value]) {
    let row = |e: &Value| (e["pid"].as_u64().unwrap(), e["tid"].as_u64().unwrap());
    let mut named = std::collections::BTreeSet::new();
    let mut processes = std::collections::BTreeSet::new();
    let mut spans: BTreeMap<(u64, u64), Vec<(f64, f64)>> = BTreeMap::new();
    for e in events {
        match (e["ph"].as_str().unwrap(), e["name"].as_str().unwrap()) {
            ("M", "process_name") => drop(processes.insert(row(e).0)),
            ("M", "thread_name") => drop(named.insert(row(e))),
            ("X", name) => {
                let ts = e["ts"].as_f64().unwrap();
                let dur = e["dur"].as_f64().unwrap();
                assert!(
                    !name.is_empty() && ts >= 0.0 && dur > 0.0 && e["args"].is_object(),
                    "{e}"
                );
                spans.entry(row(e)).or_default().push((ts, ts + dur));
            }
            other => panic!("{other:?}: {e}"),
        }
    }
    for (row, mut spans) in spans {
        assert!(
            named.contains(&row) && processes.contains(&row.0),
            "row {row:?} has no name"
        );
        spans.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut open: Vec<(f64, f64)> = vec![];
        for span in spans {
            open.retain(|o| o.1 > span.0 + 1e-9);
            assert!(
                open.last().is_none_or(|o| span.1 <= o.1 + 1e-9),
                "row {row:?}: {span:?} crosses {open:?}"
            );
            open.push(span);
        }
    }
}

/// A value change dump (IEEE 1364-2005, 18.2): changes of each signal by its whole name, in order.
pub fn value_change_dump(text: &str) -> BTreeMap<String, Vec<(u64, u64)>> {
    let mut words = text.split_whitespace();
    let mut scopes = vec![];
    let mut names = BTreeMap::new();
    loop {
        let command = words.next().expect("definitions end");
        let inside: Vec<&str> = words.by_ref().take_while(|w| *w != "$end").collect();
        match (command, &inside[..]) {
            ("$comment" | "$timescale", _) => (),
            ("$scope", ["module", name]) => scopes.push(name.to_string()),
            ("$upscope", []) => drop(scopes.pop().expect("a scope to leave")),
            ("$var", ["wire", bits, id, name]) => {
                let whole = format!("{}.{name}", scopes.join("."));
                assert!(
                    names
                        .insert(id.to_string(), (whole, bits.parse::<u32>().unwrap()))
                        .is_none(),
                    "{id} twice"
                );
            }
            ("$enddefinitions", []) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(scopes.is_empty(), "{scopes:?} still open");
    let mut changes: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
    let mut now = None;
    while let Some(word) = words.next() {
        let (value, id) = match word.split_at(1) {
            ("#", time) => {
                let time: u64 = time.parse().unwrap();
                assert!(now.is_none_or(|now| now < time), "time goes on");
                now = Some(time);
                continue;
            }
            ("b", bits) => (
                u64::from_str_radix(bits, 2).unwrap(),
                words.next().expect("whose value"),
            ),
            (bit @ ("0" | "1"), id) => (bit.parse().unwrap(), id),
            other => panic!("{other:?}"),
        };
        let (name, bits) = &names[id];
        assert!(
            *bits == 64 || value >> bits == 0,
            "{name} has {bits} bits, not {value}"
        );
        changes
            .entry(name.clone())
            .or_default()
            .push((now.expect("a time"), value));
    }
    changes
}
