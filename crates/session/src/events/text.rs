//! Events as text: CSV with a header, and AER with two columns.

use super::{Found, Inputs};
use seamount_network::text::decode;

/// CSV with header `step,input,neuron,payload` in any order; `input` and `payload` may be missing.
pub fn csv(bytes: &[u8], inputs: &Inputs) -> Result<Found, String> {
    let text = decode(bytes).map_err(|e| e.to_string())?;
    let mut lines = lines(text);
    let (header_line, header) = lines
        .next()
        .ok_or("is empty; wanted a header step,input,neuron")?;
    let names: Vec<&str> = header.split(',').map(unquote).collect();
    let column = |name: &str| names.iter().position(|n| *n == name);
    let unknown: Vec<&str> = names
        .iter()
        .copied()
        .filter(|n| !["step", "input", "neuron", "payload"].contains(n))
        .collect();
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    if let Some(at) = twice {
        // which of the two is meant, nobody can say
        let name = shorten(names[at]);
        return Err(format!(
            "line {header_line}: the column '{name}' is there twice"
        ));
    }
    let (Some(step), Some(neuron), []) = (column("step"), column("neuron"), &unknown[..]) else {
        return Err(format!(
            "line {header_line}: the header is '{}', wanted step,input,neuron, and payload for graded spikes",
            shorten(header)
        ));
    };
    let (input, payload) = (column("input"), column("payload"));
    let mut found = Found::default();
    for (number, line) in lines {
        let fields: Vec<&str> = line.split(',').map(unquote).collect();
        if fields.len() != names.len() {
            found.problem(format!(
                "line {number}: {} fields, the header has {}",
                fields.len(),
                names.len()
            ));
            continue;
        }
        let payload = payload.map(|p| integer(fields[p])).transpose();
        match (integer(fields[step]), integer(fields[neuron]), payload) {
            (Ok(step), Ok(neuron), Ok(payload)) => {
                let source = inputs.source(input.map(|i| fields[i]), neuron);
                let place = || format!("line {number}");
                match payload {
                    None => found.event(place, step, source),
                    Some(payload) => found.graded(place, step, source, payload),
                }
            }
            (Err(problem), ..) | (_, Err(problem), _) | (.., Err(problem)) => {
                found.problem(format!("line {number}: {problem}"))
            }
        }
    }
    Ok(found)
}

/// AER text: time (step) and address (source number over all inputs), `#` starts a comment.
pub fn aer(bytes: &[u8], inputs: &Inputs) -> Result<Found, String> {
    let text = decode(bytes).map_err(|e| e.to_string())?;
    let mut found = Found::default();
    for (number, line) in lines(text) {
        let fields: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|f| !f.is_empty())
            .collect();
        let [time, address] = fields[..] else {
            found.problem(format!(
                "line {number}: {} columns, wanted time and address",
                fields.len()
            ));
            continue;
        };
        match (integer(time), integer(address)) {
            (Ok(step), Ok(address)) => {
                let sources = inputs.sources;
                let source = u32::try_from(address).ok().filter(|a| *a < sources);
                let source = source
                    .ok_or_else(|| format!("address {address}; the network has {sources} sources"));
                found.event(|| format!("line {number}"), step, source);
            }
            (Err(problem), _) | (_, Err(problem)) => {
                found.problem(format!("line {number}: {problem}"))
            }
        }
    }
    Ok(found)
}

/// Lines with their numbers, without comments and empty ones.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text
        .lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn unquote(field: &str) -> &str {
    let field = field.trim();
    field
        .strip_prefix('"')
        .and_then(|f| f.strip_suffix('"'))
        .unwrap_or(field)
}

fn integer(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("'{}' is no integer", shorten(text)))
}

/// The beginning of a text that may be anything.
fn shorten(text: &str) -> String {
    let clean: String = text
        .chars()
        .take(40)
        .map(|c| if c.is_control() { '.' } else { c })
        .collect();
    if text.chars().count() > 40 {
        clean + "..."
    } else {
        clean
    }
}
