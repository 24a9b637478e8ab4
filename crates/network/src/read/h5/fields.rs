//! Fields of a group, read with every finding collected and nothing passed over in silence.

use super::{H5Group, Item, Value};
use crate::graph::Tensor;
use crate::problem::{FileProblem, ReadProblem};
use seamount_diagnose::{Findings, nearest};
use std::collections::BTreeSet;

/// Elements of the largest shape accepted.
const SHAPE_ELEMENTS_MAX: usize = 1 << 31;

/// A group whose members are taken one by one; [`Fields::finish`] reports those left over.
pub(crate) struct H5Fields<'a> {
    group: &'a H5Group,
    place: &'a str,
    taken: BTreeSet<&'a str>,
}

impl<'a> H5Fields<'a> {
    pub(crate) fn new(group: &'a H5Group, place: &'a str) -> Self {
        H5Fields {
            group,
            place,
            taken: BTreeSet::new(),
        }
    }

    /// Path of a field.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.place.is_empty() {
            name.into()
        } else {
            format!("{}/{name}", self.place)
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.group.items.contains_key(name)
    }

    /// Whether the field is a group.
    pub(crate) fn is_group(&self, name: &str) -> bool {
        matches!(self.group.items.get(name), Some(Item::Group(_)))
    }

    /// Takes a field without reading it.
    pub(crate) fn skip(&mut self, name: &'a str) {
        self.taken.insert(name);
    }

    fn item(&mut self, name: &'a str) -> Option<&'a Item> {
        self.taken.insert(name);
        self.group.items.get(name)
    }

    /// A field that may be missing.
    pub(crate) fn value(&mut self, name: &'a str, findings: &Findings) -> Option<&'a Value> {
        let found = match self.item(name)? {
            Item::Value(value) => return Some(value),
            Item::Group(_) => ReadProblem::Kind {
                found: "a group",
                wanted: "an array",
            },
            Item::Unreadable(problem) => problem.clone().into(),
        };
        findings.file(&self.at(name), found);
        None
    }

    /// A group that must be there.
    pub(crate) fn group(&mut self, name: &'a str, findings: &Findings) -> Option<&'a H5Group> {
        let found = match self.item(name) {
            Some(Item::Group(group)) => return Some(group),
            Some(Item::Value(_)) => ReadProblem::Kind {
                found: "an array",
                wanted: "a group",
            },
            Some(Item::Unreadable(problem)) => problem.clone().into(),
            None => ReadProblem::Missing,
        };
        findings.file(&self.at(name), found);
        None
    }

    /// One string that must be there.
    pub(crate) fn text(&mut self, name: &'a str, findings: &Findings) -> Option<&'a str> {
        self.required(name, findings);
        let value = self.value(name, findings)?;
        if value.text().is_none() {
            findings.file(
                &self.at(name),
                ReadProblem::Kind {
                    found: value.kind(),
                    wanted: "one text",
                },
            );
        }
        value.text()
    }

    fn required(&self, name: &str, findings: &Findings) {
        if !self.has(name) {
            findings.file(&self.at(name), ReadProblem::Missing);
        }
    }

    /// Finite numbers that may be missing; booleans are none.
    pub(crate) fn optional(&mut self, name: &'a str, findings: &Findings) -> Option<Tensor> {
        let value = self.value(name, findings)?;
        let problem = match value {
            Value::Floats(tensor) | Value::Integers(tensor) => {
                match tensor.data.iter().find(|x| !x.is_finite()) {
                    None => return Some(tensor.clone()),
                    Some(&number) => ReadProblem::NotFinite(number),
                }
            }
            other => ReadProblem::Kind {
                found: other.kind(),
                wanted: "numbers",
            },
        };
        findings.file(&self.at(name), problem);
        None
    }

    /// Finite numbers that must be there.
    pub(crate) fn tensor(&mut self, name: &'a str, findings: &Findings) -> Option<Tensor> {
        self.required(name, findings);
        self.optional(name, findings)
    }

    /// Integers of `min..=max` in any shape, that may be missing. Floats are accepted where they
    /// hold integers.
    pub(crate) fn optional_integers(
        &mut self,
        name: &'a str,
        range: (i64, i64),
        findings: &Findings,
    ) -> Option<Vec<i64>> {
        let tensor = self.optional(name, findings)?;
        let place = self.at(name);
        integers(&tensor, range, &place, findings)
    }

    /// As [`Fields::optional_integers`], but it must be there.
    pub(crate) fn integers(
        &mut self,
        name: &'a str,
        range: (i64, i64),
        findings: &Findings,
    ) -> Option<Vec<i64>> {
        self.required(name, findings);
        self.optional_integers(name, range, findings)
    }

    /// One integer, alone or as the only element, that may be missing.
    pub(crate) fn optional_integer(
        &mut self,
        name: &'a str,
        range: (i64, i64),
        findings: &Findings,
    ) -> Option<i64> {
        let list = self.optional_integers(name, range, findings)?;
        if list.len() == 1 {
            return Some(list[0]);
        }
        findings.file(
            &self.at(name),
            ReadProblem::Rank {
                found: vec![list.len()],
                wanted: "one number",
            },
        );
        None
    }

    /// One integer that must be there.
    pub(crate) fn integer(
        &mut self,
        name: &'a str,
        range: (i64, i64),
        findings: &Findings,
    ) -> Option<i64> {
        self.required(name, findings);
        self.optional_integer(name, range, findings)
    }

    /// One or two integers that must be there; one stands for both axes.
    pub(crate) fn pair(
        &mut self,
        name: &'a str,
        range: (i64, i64),
        findings: &Findings,
    ) -> Option<[usize; 2]> {
        let list = self.integers(name, range, findings)?;
        match list[..] {
            [both] => Some([both as usize; 2]),
            [first, second] => Some([first as usize, second as usize]),
            _ => {
                findings.file(
                    &self.at(name),
                    ReadProblem::Rank {
                        found: vec![list.len()],
                        wanted: "one or two numbers",
                    },
                );
                None
            }
        }
    }

    /// A shape: lengths of at least 1. An empty one is reported.
    pub(crate) fn shape(&mut self, name: &'a str, findings: &Findings) -> Option<Vec<usize>> {
        let axes = self.optional_integers(name, (1, SHAPE_ELEMENTS_MAX as i64), findings)?;
        let shape: Vec<usize> = axes.iter().map(|&axis| axis as usize).collect();
        let problem = match crate::graph::tensor::count(&shape) {
            _ if shape.is_empty() => ReadProblem::Rank {
                found: vec![],
                wanted: "at least one axis",
            },
            Some(count) if count <= SHAPE_ELEMENTS_MAX => return Some(shape),
            _ => crate::read::h5::H5Problem::Limit(format!(
                "shape {shape:?} has more than {SHAPE_ELEMENTS_MAX} elements"
            ))
            .into(),
        };
        findings.file(&self.at(name), problem);
        None
    }

    /// Reports every member that was not taken.
    pub(crate) fn finish(self, findings: &Findings) {
        for name in self
            .group
            .items
            .keys()
            .filter(|name| !self.taken.contains(name.as_str()))
        {
            let near = nearest(name, self.taken.iter().copied());
            let near = near.map(|near| format!("did you mean '{near}'?"));
            findings.push(
                ReadProblem::Unknown
                    .at(&self.at(name))
                    .value(name.as_str())
                    .suggest(near),
            );
        }
    }
}

/// The elements as integers of `min..=max`.
pub(crate) fn integers(
    tensor: &Tensor,
    range: (i64, i64),
    place: &str,
    findings: &Findings,
) -> Option<Vec<i64>> {
    let (min, max) = range;
    let mut list = Vec::with_capacity(tensor.len());
    for &number in &tensor.data {
        let problem = if number.fract() != 0.0 {
            ReadProblem::NotInteger(number)
        } else if number < min as f64 || number > max as f64 {
            ReadProblem::OutOfRange {
                value: number as i64,
                min,
                max,
            }
        } else {
            list.push(number as i64);
            continue;
        };
        findings.file(place, problem);
        return None;
    }
    Some(list)
}
