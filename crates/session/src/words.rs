//! Numbers as people read them: counts in groups of three, energy and time with their units.

/// Digits in groups of three.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun, in the plural where it must be.
pub fn plural(n: u64, one: &str) -> String {
    let many = match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    };
    format!("{} {}", count(n), if n == 1 { one } else { &many })
}

/// Settings on one line: `reset zero, dt seconds 0.0001`; of objects only the names.
pub fn settings(value: &serde_json::Value) -> String {
    let word = |text: &str| {
        text.chars()
            .filter(|c| !c.is_control())
            .take(40)
            .collect::<String>()
            .replace('_', " ")
    };
    let field = |(name, value): (&String, &serde_json::Value)| match value {
        serde_json::Value::Object(fields) if fields.is_empty() => None,
        serde_json::Value::Object(fields) => {
            let names: Vec<String> = fields.keys().take(10).map(|name| word(name)).collect();
            Some(format!("{} for {}", word(name), names.join(" and ")))
        }
        serde_json::Value::String(text) => Some(format!("{} {}", word(name), word(text))),
        serde_json::Value::Number(number) => Some(format!("{} {number}", word(name))),
        _ => None,
    };
    value.as_object().map_or(String::new(), |fields| {
        fields
            .iter()
            .filter_map(field)
            .collect::<Vec<_>>()
            .join(", ")
    })
}

/// Femtojoules with four significant digits and a unit.
pub fn energy(femtojoules: f64) -> String {
    let units = [
        ("fJ", 1.0),
        ("pJ", 1e3),
        ("nJ", 1e6),
        ("uJ", 1e9),
        ("mJ", 1e12),
        ("J", 1e15),
    ];
    let (unit, size) = units
        .iter()
        .rev()
        .find(|(_, size)| femtojoules >= *size)
        .unwrap_or(&units[0]);
    format!("{} {unit}", significant(femtojoules / size))
}

/// Picoseconds with four significant digits and a unit.
pub fn duration(picoseconds: f64) -> String {
    let units = [
        ("ps", 1.0),
        ("ns", 1e3),
        ("us", 1e6),
        ("ms", 1e9),
        ("s", 1e12),
    ];
    let (unit, size) = units
        .iter()
        .rev()
        .find(|(_, size)| picoseconds >= *size)
        .unwrap_or(&units[0]);
    format!("{} {unit}", significant(picoseconds / size))
}

/// Four significant digits.
pub fn significant(x: f64) -> String {
    let digits = if x == 0.0 {
        0
    } else {
        3 - (x.abs().log10().floor() as i32).clamp(-6, 3)
    };
    let text = format!("{x:.*}", digits.max(0) as usize);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').into()
    } else {
        text
    }
}

/// A share of a whole as percent and as a bar of twenty marks.
pub fn bar(used: u64, available: u64) -> String {
    let share = if available == 0 {
        0.0
    } else {
        used as f64 / available as f64
    };
    let marks = if used == 0 {
        0
    } else {
        ((share * 20.0) as usize).clamp(1, 20)
    };
    let over = if used > available { "  OVER" } else { "" };
    format!(
        "{:>7.1} %  [{}{}]{over}",
        share * 100.0,
        "#".repeat(marks),
        ".".repeat(20 - marks)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [count(0), count(999), count(1000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [energy(0.0), energy(23_600.0), energy(1.5e12)],
            ["0 fJ", "23.6 pJ", "1.5 mJ"]
        );
        assert_eq!(
            [
                significant(0.012_345),
                significant(123_456.0),
                significant(100.0)
            ],
            ["0.01235", "123456", "100"]
        );
        assert_eq!(
            [plural(1, "entry"), plural(2, "entry"), plural(3, "delay")],
            ["1 entry", "2 entries", "3 delays"]
        );
        assert!(bar(1, 1000).contains("[#..."));
        assert!(bar(30, 20).ends_with("OVER"));
    }
}
