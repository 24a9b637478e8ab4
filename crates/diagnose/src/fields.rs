//! A reader of tables that files everything wrong with them and goes on.

use crate::finding::{Fault, Finding};
use crate::findings::Findings;
use crate::place::{Place, Position};
use crate::tree::{Tree, View};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A table whose fields are taken by name; [`Fields::finish`] files those that nobody took.
///
/// ```
/// use seamount_diagnose::{Fields, Findings, TomlText};
/// let text = TomlText::new("steps = 0\nrate = \"fast\"\nsede = 1\n").unwrap();
/// let found = Findings::new();
/// let table = Fields::root(text.root(), &found);
/// let steps = table.need("steps").whole_number(1..=1000);
/// let rate = table.need("rate").number(0.0..=1.0);
/// let seed = table.may("seed").whole_number(0..=i64::MAX).unwrap_or(1);
/// table.finish();
/// assert_eq!((steps, rate, seed), (None, None, 1));
/// assert_eq!(
///     found.into_vec().iter().map(ToString::to_string).collect::<Vec<_>>(),
///     [
///         "line 1: steps: 0 is outside 1..=1000",
///         "line 2: rate: holds 'fast', wanted a number",
///         "line 3: sede: is not known here; did you mean 'seed'?",
///     ]
/// );
/// ```
#[derive(Debug)]
pub struct Fields<'f, N> {
    node: N,
    path: String,
    separator: &'static str,
    position: Option<Position>,
    found: &'f Findings,
    asked: RefCell<BTreeSet<String>>,
}

impl<'f, 'a, N: Tree<'a>> Fields<'f, N> {
    /// The outermost table of a file, with an empty path and dots between names. Of a node that is
    /// no table every field is absent; check that first with [`Field::table`].
    pub fn root(node: N, found: &'f Findings) -> Self {
        Fields::at(node, "", ".", found)
    }

    /// A table with a path of its own and what stands between names in it.
    pub fn at(
        node: N,
        path: impl Into<String>,
        separator: &'static str,
        found: &'f Findings,
    ) -> Self {
        Fields {
            node,
            path: path.into(),
            separator,
            position: node.position(),
            found,
            asked: RefCell::default(),
        }
    }

    /// The node of the table.
    pub fn node(&self) -> N {
        self.node
    }

    /// The list that findings go to.
    pub fn found(&self) -> &'f Findings {
        self.found
    }

    /// The place of the table itself.
    pub fn place(&self) -> Place {
        Place::from(self.path.clone()).positioned(self.position)
    }

    /// The path of a field, whether it is there or not.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.into()
        } else {
            format!("{}{}{name}", self.path, self.separator)
        }
    }

    /// Whether a field is there; null is not. Asking takes nothing.
    pub fn has(&self, name: &str) -> bool {
        self.look(name).is_some()
    }

    fn look(&self, name: &str) -> Option<N> {
        let node = self.node.member(name)?;
        (node.view() != View::Nothing).then_some(node)
    }

    /// Takes a field that may be absent; null is as good as absent.
    pub fn may(&self, name: &str) -> Field<'f, N> {
        self.asked.borrow_mut().insert(name.into());
        let node = self.look(name);
        Field {
            node,
            path: self.path_of(name),
            separator: self.separator,
            position: node.map_or(self.position, Tree::position),
            found: self.found,
        }
    }

    /// Takes a field that must be there.
    pub fn need(&self, name: &str) -> Field<'f, N> {
        let field = self.may(name);
        if field.node.is_none() {
            self.found.missing(field.place());
        }
        field
    }

    /// Takes a field that may have one of several names, the first that is there; none of them: the
    /// field is absent under the first name.
    pub fn may_any(&self, names: &[&str]) -> Field<'f, N> {
        let fields: Vec<Field<N>> = names.iter().map(|name| self.may(name)).collect();
        let first = fields.iter().position(|f| f.node.is_some()).unwrap_or(0);
        fields
            .into_iter()
            .nth(first)
            .expect("a field has at least one name")
    }

    /// Takes a field that must be there under one of several names.
    pub fn need_any(&self, names: &[&str]) -> Field<'f, N> {
        let field = self.may_any(names);
        if field.node.is_none() {
            self.found.missing(field.place());
        }
        field
    }

    /// Every field that nobody took so far, taken with its name, in the order of the file: for
    /// tables whose names are data.
    pub fn rest(&self) -> Vec<(Cow<'a, str>, Field<'f, N>)> {
        self.untaken()
            .into_iter()
            .map(|(name, _)| {
                let field = self.may(&name);
                (name, field)
            })
            .collect()
    }

    fn untaken(&self) -> Vec<(Cow<'a, str>, Option<Position>)> {
        let asked = self.asked.borrow();
        let members = self.node.members();
        members
            .filter(|m| !asked.contains(m.name.as_ref()))
            .map(|m| (m.name, m.position))
            .collect()
    }

    /// Paths of the fields that nobody took, for forms that say what they ignore and do not refuse
    /// it.
    pub fn ignored(&self) -> Vec<String> {
        let untaken = self.untaken();
        untaken.iter().map(|(name, _)| self.path_of(name)).collect()
    }

    /// Files every field that nobody took: it would be ignored, and its writer meant something by
    /// it.
    pub fn finish(self) {
        let untaken = self.untaken();
        let asked = self.asked.borrow();
        let known: Vec<&str> = asked.iter().map(String::as_str).collect();
        for (name, position) in untaken {
            let place = Place::from(self.path_of(&name)).positioned(position);
            self.found.unknown_field(place, &name, &known);
        }
    }
}

/// A field that was taken, present or not. Reading an absent one gives nothing and files nothing.
#[derive(Debug, Clone)]
pub struct Field<'f, N> {
    node: Option<N>,
    path: String,
    separator: &'static str,
    position: Option<Position>,
    found: &'f Findings,
}

impl<'f, 'a, N: Tree<'a>> Field<'f, N> {
    /// The outermost value of a file as a field without a name.
    pub fn whole(node: N, found: &'f Findings) -> Self {
        Field {
            node: Some(node),
            path: String::new(),
            separator: ".",
            position: None,
            found,
        }
    }

    /// Whether it is there.
    pub fn is_present(&self) -> bool {
        self.node.is_some()
    }

    /// The node, for readers of their own.
    pub fn node(&self) -> Option<N> {
        self.node
    }

    /// The place of the field; of an absent one with the position of its table.
    pub fn place(&self) -> Place {
        Place::from(self.path.clone()).positioned(self.position)
    }

    /// Files a finding that was made for this field.
    pub fn file(&self, finding: Finding) {
        self.found.push(finding);
    }

    /// Files a broken rule at this field.
    pub fn rule(&self, problem: impl Into<String>) {
        self.found.rule(self.place(), problem);
    }

    /// Files that the field holds another type than the one wanted. Gives nothing, for readers that
    /// end with it.
    pub fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        if let Some(node) = self.node {
            self.found
                .wrong_type(self.place(), &node.describe(), wanted);
        }
        None
    }

    /// A table.
    pub fn table(&self) -> Option<Fields<'f, N>> {
        let node = self.node?;
        if node.view() != View::Table {
            return self.wrong_type(N::TABLE);
        }
        Some(Fields {
            node,
            path: self.path.clone(),
            separator: self.separator,
            position: self.position,
            found: self.found,
            asked: RefCell::default(),
        })
    }

    /// The elements of a list, each a field with its index.
    pub fn items(&self) -> Option<Vec<Field<'f, N>>> {
        let node = self.node?;
        if node.view() != View::List {
            return self.wrong_type(N::LIST);
        }
        let fields = node.items().enumerate().map(|(i, item)| Field {
            node: Some(item),
            path: format!("{}[{i}]", self.path),
            separator: self.separator,
            position: item.position(),
            found: self.found,
        });
        Some(fields.collect())
    }

    /// The elements of a list that must have a number of them.
    pub fn items_of(&self, length: usize) -> Option<Vec<Field<'f, N>>> {
        let items = self.items()?;
        let fits = self.found.length(self.place(), items.len(), length as u64);
        fits.then_some(items)
    }

    /// A text.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.node?.view() {
            View::Text(text) => Some(text),
            _ => self.wrong_type("a text"),
        }
    }

    /// true or false.
    pub fn flag(&self) -> Option<bool> {
        match self.node?.view() {
            View::Flag(flag) => Some(flag),
            _ => self.wrong_type("true or false"),
        }
    }

    /// One of some words, as what it stands for.
    pub fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let meaning = words.iter().find(|(word, _)| *word == text);
        if meaning.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.found.unknown_word(self.place(), &text, &known);
        }
        meaning.map(|(_, meaning)| *meaning)
    }

    /// A finite number of any size.
    pub fn any_number(&self) -> Option<f64> {
        let number = self.node?.view().as_number();
        number.or_else(|| self.wrong_type("a number"))
    }

    /// A finite number of a range.
    pub fn number(&self, allowed: RangeInclusive<f64>) -> Option<f64> {
        let number = self.any_number()?;
        let inside = self.found.range(self.place(), number, allowed);
        inside.then_some(number)
    }

    /// A finite number of which a condition holds, in words: "above 0".
    pub fn number_that(&self, wanted: &str, holds: impl FnOnce(f64) -> bool) -> Option<f64> {
        let number = self.any_number()?;
        let good = self.found.must(self.place(), number, holds(number), wanted);
        good.then_some(number)
    }

    /// A whole number of a range, also where it is written `3.0`.
    pub fn whole_number(&self, allowed: RangeInclusive<i64>) -> Option<i64> {
        let view = self.node?.view();
        let Some(whole) = view.as_whole() else {
            let Some(number) = view.as_number() else {
                return self.wrong_type("a whole number");
            };
            let problem = format!("{number} is no whole number");
            self.found
                .push(Finding::new(self.place(), Fault::WrongType, problem).value(number));
            return None;
        };
        let inside = self.found.range(self.place(), whole, allowed);
        inside.then_some(whole)
    }

    /// A list of finite numbers. The first element that is none is filed.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let node = self.node?;
        if node.view() != View::List {
            return self.wrong_type(N::LIST);
        }
        let mut numbers = Vec::new();
        for (i, item) in node.items().enumerate() {
            let Some(number) = item.view().as_number() else {
                let place = Place::from(format!("{}[{i}]", self.path)).positioned(item.position());
                self.found
                    .wrong_type(place, &item.describe(), "a finite number");
                return None;
            };
            numbers.push(number);
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(found: Findings) -> Vec<String> {
        found.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn absent_and_null_are_the_same_and_null_is_no_finding() {
        let value = json!({"a": null, "n": 3.0});
        let found = Findings::new();
        let table = Fields::root(&value, &found);
        assert!(!table.has("a") && table.has("n"));
        assert_eq!(table.may("a").flag(), None);
        assert_eq!(table.may_any(&["m", "n"]).whole_number(0..=9), Some(3));
        table.need("a");
        table.need_any(&["p", "q"]);
        table.finish();
        assert_eq!(shown(found), ["a: is missing", "p: is missing"]);
    }

    #[test]
    fn every_type_is_asked_for_with_its_path() {
        let value = json!({
            "t": {"x": [1, "a"], "w": "ad", "i": 1.5, "deep": [{"y": true}]},
            "s": 5, "data": {"k": 1, "l": 2},
        });
        let found = Findings::new();
        let root = Field::whole(&value, &found).table().unwrap();
        let t = root.need("t").table().unwrap();
        assert_eq!(t.need("x").numbers(), None);
        assert_eq!(t.need("w").word(&[("add", 1), ("max", 2)]), None);
        assert_eq!(t.need("i").whole_number(0..=3), None);
        let deep = t.need("deep").items_of(1).unwrap();
        assert_eq!(deep[0].table().unwrap().need("y").number(0.0..=1.0), None);
        t.need("deep").items_of(2);
        t.finish();
        root.need("s").text();
        root.need("s").number_that("below 5", |x| x < 5.0);
        let data = root.need("data").table().unwrap();
        let names: Vec<String> = data.rest().into_iter().map(|(n, _)| n.into()).collect();
        assert_eq!(names, ["k", "l"]);
        data.finish();
        assert_eq!(root.ignored(), Vec::<String>::new());
        assert_eq!(
            shown(found),
            [
                "t.x[1]: holds 'a', wanted a finite number",
                "t.w: 'ad' is none of add, max; did you mean 'add'?",
                "t.i: 1.5 is no whole number",
                "t.deep[0].y: holds true, wanted a number",
                "t.deep: has 1 elements, wanted 2",
                "s: holds 5, wanted a text",
                "s: 5 must be below 5",
            ]
        );
    }
}
