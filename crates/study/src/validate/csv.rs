//! The report of a validation as tables of text with commas: errors by step, what costs how much,
//! how far along the exact update weights are, and the verdict.

use super::file::Quantity;
use super::measure::Course;
use super::report::{Report, SeedRow};
use super::verdict::Check;

/// File names and contents.
pub fn files(report: &Report) -> Vec<(&'static str, String)> {
    vec![
        (
            "errors.csv",
            courses(
                report
                    .measured
                    .variables
                    .iter()
                    .chain(&report.measured.traces),
            ),
        ),
        ("rounding.csv", rounding(report)),
        ("weights.csv", weights(report)),
        ("ablation.csv", ablation(report)),
        ("seeds.csv", seeds(&report.seeds)),
        ("verdict.csv", checks(&report.checks)),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |v| v.to_string())
}

/// Courses, a line a row.
pub fn courses<'a>(courses: impl Iterator<Item = &'a Course>) -> String {
    let mut out =
        String::from("name,step,mean,median,p90,p99,max,chip_mean,float_mean,cosine,same_sign\n");
    for course in courses {
        for row in &course.rows {
            let e = row.errors;
            let numbers = [e.mean, e.median, e.p90, e.p99, e.max, row.chip, row.float]
                .map(|x| x.to_string())
                .join(",");
            out += &format!(
                "{},{},{numbers},{},{}\n",
                course.name,
                row.step,
                number(row.cosine),
                number(row.same_sign)
            );
        }
    }
    out
}

fn rounding(report: &Report) -> String {
    let rows = report
        .rounding
        .iter()
        .map(|r| format!("{},{},{},{}\n", r.step, r.exact, r.chip, r.truncated));
    String::from("step,exact,chip,truncated\n") + &rows.collect::<String>()
}

fn weights(report: &Report) -> String {
    let rows = report
        .last_weights
        .iter()
        .enumerate()
        .map(|(i, (chip, float))| format!("{i},{chip},{float}\n"));
    String::from("synapse,chip,float\n") + &rows.collect::<String>()
}

fn ablation(report: &Report) -> String {
    let all = report
        .ablation
        .costs
        .iter()
        .chain(&report.ablation.together);
    let rows = all.map(|c| {
        format!(
            "\"{}\",{},{},{},{},{}\n",
            c.what, c.in_use, c.errors.mean, c.errors.p99, c.errors.max, c.cosine
        )
    });
    String::from("what,in_use,mean,p99,max,cosine\n") + &rows.collect::<String>()
}

/// Numbers that can have limits, a line a seed; those that a run does not have are empty.
pub fn seeds(seeds: &[SeedRow]) -> String {
    let keys: Vec<&str> = Quantity::ALL.iter().map(|q| q.wording().key).collect();
    let mut out = format!("seed,{}\n", keys.join(","));
    for seed in seeds {
        let values = Quantity::ALL.into_iter().map(|q| number(seed.value(q)));
        let values: Vec<String> = values.collect();
        out += &format!("{},{}\n", seed.seed, values.join(","));
    }
    out
}

/// Conditions, a line each.
pub fn checks(checks: &[Check]) -> String {
    let sense = |c: &Check| if c.at_least { ">=" } else { "<=" };
    let rows = checks.iter().map(|c| {
        format!(
            "{},{},{},{},{},{},{}\n",
            c.key,
            number(c.value),
            sense(c),
            c.limit,
            c.holds,
            number(c.interval.map(|i| i.low)),
            number(c.interval.map(|i| i.high))
        )
    });
    String::from("key,value,sense,limit,holds,low,high\n") + &rows.collect::<String>()
}
