//! Serde's refusals, explained: the JSON schema of a type held against what was written.
//!
//! Serde decides what is accepted, in one pass and at its speed; it stops at the first mistake,
//! gives no path, and of untagged enums says no more than that nothing matched. So where it refuses
//! a value, this module walks the value once more with the schema that schemars derives from the
//! same type, and files every difference. Nothing is described twice, and what serde accepts never
//! comes here.
//!
//! What it does not know: rules that a schema of schemars does not carry. Where it finds nothing,
//! the words of serde stand.

use crate::finding::{Allowed, Fault, Finding};
use crate::findings::Findings;
use crate::json::{JsonText, by_serde};
use crate::place::{Here, Place};
use crate::tree::{Member, Tree, View};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Findings of one text; the rest is counted.
const LISTED_MAX: usize = 200;
/// Findings of the scalars of one list; the rest is counted.
const LISTED_PER_ARRAY: usize = 5;
/// The extension of a schema that narrows an integer, or all in an array, to what a register holds:
/// `[smallest, largest]`. It is inherited by what the field holds or refers to.
pub const RANGE: &str = "x-range";
/// The extension of the schema of a field that names another word for it, as `serde(alias)` does:
/// schemars does not tell of those. It stays in the schema that is published.
pub const ALIAS: &str = "x-alias";

/// Reads a value from a JSON text. The schema, as schemars makes it, is asked for after a refusal
/// only.
///
/// # Errors
/// Everything that keeps the text from being a `T`.
pub fn from_json<T: DeserializeOwned>(
    text: &str,
    schema: impl FnOnce() -> Value,
) -> Result<T, Vec<Finding>> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if !error.is_data() {
        return Err(vec![by_serde(&error, Fault::Syntax)]);
    }
    let json = match JsonText::new(text) {
        Ok(json) => json,
        Err(syntax) => return Err(vec![by_serde(&syntax, Fault::Syntax)]),
    };
    let found = Findings::at_most(LISTED_MAX);
    explain(json.root(), &schema(), &found);
    if found.is_empty() {
        found.push(by_serde(&error, Fault::Rule));
    }
    Err(found.into_vec())
}

/// Files every difference between a value and a schema of schemars.
///
/// Understood are the words that schemars 1 writes for structs, enums (plain, internally tagged,
/// untagged), options, lists, maps and numbers, and the extension `x-range`.
pub fn explain<'a, N: Tree<'a>>(value: N, schema: &Value, found: &Findings) {
    let walk = Walk {
        definitions: schema.get("$defs").and_then(Value::as_object),
        found,
    };
    walk.value(value, schema, &Here::root(), None);
}

/// The field of a table that a name means, itself or by its other word, with its own name.
fn field_named<'s>(fields: &'s Map<String, Value>, name: &str) -> Option<(&'s str, &'s Value)> {
    let means = |field: &(&'s String, &'s Value)| {
        let alias = field.1.get(ALIAS).and_then(Value::as_str);
        field.0 == name || alias == Some(name)
    };
    let found = fields.iter().find(means);
    found.map(|(known, field)| (known.as_str(), field))
}

/// Smallest and largest integer.
type Bounds = (i128, i128);

#[derive(Clone, Copy)]
struct Walk<'s> {
    definitions: Option<&'s Map<String, Value>>,
    found: &'s Findings,
}

impl<'s> Walk<'s> {
    /// What a schema refers to, if it refers to another.
    fn resolve(self, mut schema: &'s Value) -> &'s Value {
        // a chain of references is short; the bound keeps a circle of them from hanging
        for _ in 0..32 {
            let name = schema.get("$ref").and_then(Value::as_str);
            let name = name.and_then(|path| path.strip_prefix("#/$defs/"));
            match name.and_then(|name| self.definitions?.get(name)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn value<'a, N: Tree<'a>>(
        self,
        node: N,
        schema: &'s Value,
        here: &Here<'_>,
        inherited: Option<Bounds>,
    ) {
        let bounds = range_of(schema).or(inherited);
        let view = node.view();
        let mut ways = vec![];
        self.alternatives(schema, &mut ways);
        let words = words_of(&ways);
        if !words.is_empty() {
            return self.word(node, &words, here);
        }
        let open: Vec<&Value> = ways
            .iter()
            .copied()
            .filter(|way| takes(way, &view))
            .collect();
        match open[..] {
            [] => {
                let wanted = wanted(&ways);
                let place = Place::from(here).positioned(node.position());
                self.found.wrong_type(place, &node.describe(), &wanted);
            }
            [way] => self.one(node, way, here, bounds),
            // several objects are an enum with a tag; any other choice is not in our forms
            [first, ..] => match tag_of(&open) {
                Some(tag) => self.tagged(node, &open, tag, here),
                None => self.one(node, first, here, bounds),
            },
        }
    }

    /// The schemas of which a value must fit one, with references followed.
    fn alternatives(self, schema: &'s Value, ways: &mut Vec<&'s Value>) {
        let schema = self.resolve(schema);
        let several = ["anyOf", "oneOf"]
            .iter()
            .find_map(|key| schema.get(key)?.as_array());
        match several {
            Some(list) => list.iter().for_each(|way| self.alternatives(way, ways)),
            None => ways.push(schema),
        }
    }

    fn one<'a, N: Tree<'a>>(
        self,
        node: N,
        schema: &'s Value,
        here: &Here<'_>,
        bounds: Option<Bounds>,
    ) {
        match node.view() {
            View::Table => self.table(node, schema, here),
            View::List => self.list(node, schema, here, bounds),
            View::Integer(_) | View::Number(_) if has_type(schema, "integer") => {
                self.integer(node, schema, here, bounds);
            }
            _ => {}
        }
    }

    /// An integer within what its type and its register hold.
    fn integer<'a, N: Tree<'a>>(
        self,
        node: N,
        schema: &Value,
        here: &Here<'_>,
        register: Option<Bounds>,
    ) {
        let (min, max) = register.unwrap_or_else(|| type_bounds(schema));
        let shown = node.describe();
        let problem = match node.view() {
            View::Integer(integer) if (min..=max).contains(&integer) => return,
            View::Integer(_) => format!("{shown} is outside {min}..={max}"),
            _ => format!("{shown} is no whole number of {min}..={max}"),
        };
        let (fault, value) = match node.view() {
            View::Integer(integer) => (Fault::OutOfRange, number(integer)),
            View::Number(float) => (Fault::WrongType, float.into()),
            _ => return,
        };
        let finding = Finding::new(self.place(node, here), fault, problem).value(value);
        self.found.push(match (number(min), number(max)) {
            (Value::Number(min), Value::Number(max)) => {
                finding.range(Allowed::Between { min, max })
            }
            _ => finding,
        });
    }

    fn word<'a, N: Tree<'a>>(self, node: N, words: &[&str], here: &Here<'_>) {
        match node.view() {
            View::Text(text) if words.contains(&text.as_ref()) => {}
            View::Text(text) => self
                .found
                .unknown_word(self.place(node, here), &text, words),
            _ => {
                let wanted = format!("one of {}", words.join(", "));
                self.found
                    .wrong_type(self.place(node, here), &node.describe(), &wanted);
            }
        }
    }

    fn list<'a, N: Tree<'a>>(
        self,
        node: N,
        schema: &'s Value,
        here: &Here<'_>,
        bounds: Option<Bounds>,
    ) {
        let sizes = ["minItems", "maxItems"].map(|key| schema.get(key).and_then(Value::as_u64));
        if let [Some(min), Some(max)] = sizes
            && min == max
        {
            let count = node.items().count();
            self.found.length(self.place(node, here), count, max);
        }
        let Some(items) = schema.get("items") else {
            return;
        };
        let mut listed = 0;
        let mut unlisted = 0;
        for (i, item) in node.items().enumerate() {
            let scalar = !matches!(item.view(), View::Table | View::List);
            if !scalar {
                self.element(item, items, &element_of(here, i), bounds);
            } else if listed < LISTED_PER_ARRAY {
                let before = self.found.len();
                self.value(item, items, &element_of(here, i), bounds);
                listed += usize::from(self.found.len() > before);
            } else {
                let one = Findings::at_most(1);
                let quiet = Walk {
                    found: &one,
                    ..self
                };
                quiet.value(item, items, &element_of(here, i), bounds);
                unlisted += u64::from(!one.is_empty());
            }
        }
        self.found.more_like_this(self.place(node, here), unlisted);
    }

    /// An element that is a table or a list; a table is known by its name too. A list of lists
    /// holds the numbers of a matrix, which have the range of the whole.
    fn element<'a, N: Tree<'a>>(
        self,
        item: N,
        schema: &'s Value,
        place: &Here<'_>,
        bounds: Option<Bounds>,
    ) {
        match item.member("name").map(Tree::view) {
            Some(View::Text(name)) => self.value(item, schema, &place.named(&name), bounds),
            _ => self.value(item, schema, place, bounds),
        }
    }

    /// A table of named fields, or one whose names are data.
    fn table<'a, N: Tree<'a>>(self, node: N, schema: &'s Value, here: &Here<'_>) {
        let fields = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let known: Vec<&str> = fields
            .into_iter()
            .flatten()
            .map(|(n, _)| n.as_str())
            .collect();
        let mut seen: HashSet<&str> = HashSet::new();
        for Member {
            name,
            position,
            value,
        } in node.members()
        {
            let below = here.field(&name);
            let at_name = || Place::from(below).positioned(position);
            match fields.and_then(|fields| field_named(fields, &name)) {
                Some((known, field)) => {
                    if !seen.insert(known) {
                        self.found.add(
                            at_name(),
                            Fault::DuplicateName,
                            "is written twice in one object",
                        );
                    }
                    self.value(value, field, &below, None);
                }
                None => match others {
                    Some(Value::Bool(false)) => {
                        self.found.unknown_field(at_name(), &name, &known);
                    }
                    Some(schema @ Value::Object(_)) => self.value(value, schema, &below, None),
                    _ => {}
                },
            }
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !seen.contains(name) {
                self.found.missing(self.place(node, &here.field(name)));
            }
        }
    }

    /// One of several objects that a tag tells apart.
    fn tagged<'a, N: Tree<'a>>(self, node: N, ways: &[&'s Value], tag: &str, here: &Here<'_>) {
        let place = here.field(tag);
        let Some(member) = node.member(tag) else {
            return self.found.missing(self.place(node, &place));
        };
        let words: Vec<&str> = ways.iter().filter_map(|way| tag_word(way, tag)).collect();
        let View::Text(word) = member.view() else {
            return self.word(member, &words, &place);
        };
        match ways
            .iter()
            .find(|way| tag_word(way, tag) == Some(word.as_ref()))
        {
            Some(way) => self.table(node, way, here),
            None => self.word(member, &words, &place),
        }
    }

    fn place<'a, N: Tree<'a>>(self, node: N, here: &Here<'_>) -> Place {
        Place::from(here).positioned(node.position())
    }
}

/// Element `i` of the list at a place.
fn element_of<'b>(here: &'b Here<'b>, i: usize) -> Here<'b> {
    here.inner(i)
}

/// Whether a schema takes values of the type of a view.
fn takes(schema: &Value, view: &View<'_>) -> bool {
    match view {
        View::Nothing => has_type(schema, "null"),
        View::Flag(_) => has_type(schema, "boolean"),
        View::Integer(_) | View::Number(_) => {
            has_type(schema, "integer") || has_type(schema, "number")
        }
        View::Text(_) => has_type(schema, "string"),
        View::List => has_type(schema, "array"),
        View::Table => has_type(schema, "object"),
        View::Other(_) => false,
    }
}

fn has_type(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        // no type: a constant or anything at all
        _ => true,
    }
}

/// The words of an enum whose alternatives are all words; else none.
fn words_of<'s>(ways: &[&'s Value]) -> Vec<&'s str> {
    let mut words = vec![];
    for way in ways {
        match (way.get("const"), way.get("enum")) {
            (Some(Value::String(word)), _) => words.push(word.as_str()),
            (_, Some(Value::Array(list))) => words.extend(list.iter().filter_map(Value::as_str)),
            _ => return vec![],
        }
    }
    words
}

/// The field whose constant tells objects apart.
fn tag_of<'s>(ways: &[&'s Value]) -> Option<&'s str> {
    let fields = ways.first()?.get("properties")?.as_object()?;
    let names = fields.iter().map(|(name, _)| name.as_str());
    names
        .into_iter()
        .find(|name| ways.iter().all(|way| tag_word(way, name).is_some()))
}

fn tag_word<'s>(way: &'s Value, tag: &str) -> Option<&'s str> {
    way.get("properties")?.get(tag)?.get("const")?.as_str()
}

/// What would have been taken, in words.
fn wanted(ways: &[&Value]) -> String {
    let mut words: Vec<String> = vec![];
    for way in ways {
        let kinds: Vec<&str> = match way.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        for kind in kinds.into_iter().filter(|kind| *kind != "null") {
            let word = in_words(kind, way);
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words.join(" or ")
}

fn in_words(kind: &str, schema: &Value) -> String {
    match kind {
        "integer" => "a whole number".into(),
        "number" => "a number".into(),
        "string" => "a text".into(),
        "boolean" => "true or false".into(),
        "array" => {
            let of = schema.get("items").and_then(|items| items.get("type"));
            match of.and_then(Value::as_str) {
                Some("integer" | "number") => "an array of numbers".into(),
                Some("array") => "an array of arrays".into(),
                _ => "an array".into(),
            }
        }
        _ => {
            let required = schema.get("required").and_then(Value::as_array);
            let names: Vec<&str> = required
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            match names[..] {
                [one] => format!("an object with '{one}'"),
                _ => "an object".into(),
            }
        }
    }
}

/// The range that a schema narrows its numbers to.
fn range_of(schema: &Value) -> Option<Bounds> {
    match schema.get(RANGE)?.as_array()?.as_slice() {
        [min, max] => Some((min.as_i64()?.into(), max.as_i64()?.into())),
        _ => None,
    }
}

/// What the integer type of a schema holds.
fn type_bounds(schema: &Value) -> Bounds {
    let (min, max) = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64" | "uint") => (0, u64::MAX.into()),
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    };
    let limit = |key: &str| schema.get(key)?.as_i64().map(i128::from);
    (
        limit("minimum").map_or(min, |least| least.max(min)),
        limit("maximum").map_or(max, |most| most.min(max)),
    )
}

/// An integer as JSON has it, or null beyond 64 bits.
fn number(integer: i128) -> Value {
    let small = i64::try_from(integer).map(Value::from);
    small
        .or_else(|_| u64::try_from(integer).map(Value::from))
        .unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        #[allow(dead_code, reason = "read by serde only")]
        name: String,
        #[serde(default)]
        size: u8,
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["parts"],
            "properties": {
                "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
                "mode": {"oneOf": [
                    {"type": "string", "const": "add"}, {"type": "string", "const": "max"}]},
                "shape": {"oneOf": [
                    {"type": "object", "required": ["kind", "rows"], "additionalProperties": false,
                     "properties": {"kind": {"type": "string", "const": "dense"},
                                    "rows": {"$ref": "#/$defs/Numbers", "x-range": [-4, 4]}}},
                    {"type": "object", "required": ["kind"],
                     "properties": {"kind": {"type": "string", "const": "none"}}}]},
                "pair": {"type": "array", "minItems": 2, "maxItems": 2,
                         "items": {"type": "integer", "format": "int32"}},
                "by_name": {"type": "object", "additionalProperties": {"type": "integer"}},
                "maybe": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
                "note": {"type": ["string", "null"]},
            },
            "$defs": {
                "Numbers": {"anyOf": [
                    {"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535},
                    {"type": "array", "items":
                        {"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535}},
                    {"type": "object", "required": ["npy"], "additionalProperties": false,
                     "properties": {"npy": {"type": "string"}}}]},
                "Part": {"type": "object", "required": ["name"], "additionalProperties": false,
                         "properties": {"name": {"type": "string"}, "size":
                            {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}}},
            },
        })
    }

    fn explained(value: &Value) -> Vec<String> {
        let found = Findings::new();
        explain(value, &schema(), &found);
        found.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_value_that_fits_has_no_findings() {
        let good = json!({
            "parts": [{"name": "a"}, {"name": "b", "size": 255}],
            "mode": "max", "shape": {"kind": "dense", "rows": {"npy": "x.npy"}},
            "pair": [-1, 2], "by_name": {"x": 1}, "maybe": null, "note": null,
        });
        assert_eq!(explained(&good), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_filed_with_its_path() {
        let bad = json!({
            "parts": [{"name": "a", "sizee": 3}, {"size": 256}, 7],
            "mode": "mx", "shape": {"kind": "dense", "rows": [0, 5, 1.5, "x"], "delay": 1},
            "pair": [1, 2, 3_000_000_000_u64], "by_name": {"x": "y"}, "maybe": 3, "note": 4,
            "colour": 1,
        });
        assert_eq!(
            explained(&bad),
            [
                "by_name.x: holds 'y', wanted a whole number",
                "colour: is not known here; there are by_name, maybe, mode, note, pair, parts, shape",
                "maybe: holds 3, wanted an object with 'name'",
                "mode: 'mx' is none of add, max; did you mean 'max'?",
                "note: holds 4, wanted a text",
                "pair: has 3 elements, wanted 2",
                "pair[2]: 3000000000 is outside -2147483648..=2147483647",
                "parts[0] 'a'.sizee: is not known here; did you mean 'size'?",
                "parts[1].size: 256 is outside 0..=255",
                "parts[1].name: is missing",
                "parts[2]: holds 7, wanted an object with 'name'",
                "shape.delay: is not known here; there are kind, rows",
                "shape.rows[1]: 5 is outside -4..=4",
                "shape.rows[2]: 1.5 is no whole number of -4..=4",
                "shape.rows[3]: holds 'x', wanted a whole number",
            ]
        );
        let untagged = json!({"parts": [], "shape": {"rows": "x"}});
        assert_eq!(explained(&untagged), ["shape.kind: is missing"]);
        let unknown = json!({"parts": [], "shape": {"kind": "dens"}});
        assert_eq!(
            explained(&unknown),
            ["shape.kind: 'dens' is none of dense, none; did you mean 'dense'?"]
        );
    }

    #[test]
    fn a_long_list_of_wrong_numbers_is_counted() {
        let bad = json!({"parts": [], "pair": vec![0.5; 9]});
        let found = explained(&bad);
        assert_eq!(found.len(), 7, "{found:#?}");
        assert_eq!(found[6], "pair: 4 more like this");
    }

    #[test]
    fn what_serde_accepts_is_read_and_what_it_refuses_is_explained_once() {
        let part = || schema()["$defs"]["Part"].clone();
        let read = |text: &str| {
            from_json::<Part>(text, part)
                .map_err(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let name = "a".to_string();
        assert_eq!(read(r#"{"name":"a","size":3}"#), Ok(Part { name, size: 3 }));
        assert_eq!(
            read("{\"nam\":\"a\",\n \"size\":-3}").unwrap_err(),
            [
                "line 1, column 2: nam: is not known here; did you mean 'name'?",
                "line 2, column 9: size: -3 is outside 0..=255",
                "line 1, column 1: name: is missing",
            ]
        );
        assert_eq!(
            read("{\"name\":\"a\",\n \"size\":3").unwrap_err(),
            ["line 2, column 9: EOF while parsing an object"]
        );
        assert_eq!(
            read(r#"{"name":"a","name":"b"}"#).unwrap_err(),
            ["line 1, column 13: name: is written twice in one object"]
        );
    }
}
