//! Turns `models/*.json` into the static tables that `src/model` includes.

// A build script may fail.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let models = Path::new(&root).join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let mut files: Vec<_> = fs::read_dir(&models)
        .expect("models/ is readable")
        .map(|entry| entry.expect("models/ is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut tables = String::new();
    for (index, path) in files.iter().enumerate() {
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path).expect("a model file is readable");
        let model: Value = serde_json::from_str(&text).expect("a model file is JSON");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a model has a name");
        Tables::new(&model, index, &mut tables).write(name, path);
    }
    let services: Vec<String> = (0..files.len()).map(|index| format!("&SERVICE_{index}")).collect();
    writeln!(tables, "pub static SERVICES: &[&Service] = &[{}];", services.join(", ")).unwrap();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("tables.rs"), tables).expect("OUT_DIR is writable");
}

/// Writes one service's statics. Every shape becomes one static named by its place in the model.
struct Tables<'a> {
    model: &'a Value,
    prefix: String,
    shapes: HashMap<&'a str, usize>,
    keys: Vec<&'a str>,
    out: &'a mut String,
}

impl<'a> Tables<'a> {
    fn new(model: &'a Value, index: usize, out: &'a mut String) -> Self {
        let shapes = object(&model["shapes"]).keys().enumerate();
        let mut keys: Vec<&str> = object(&model["shapes"])
            .values()
            .filter_map(|shape| shape["members"].as_object())
            .flat_map(|members| members.keys().map(String::as_str))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Tables {
            model,
            prefix: format!("S{index}_"),
            shapes: shapes.map(|(number, name)| (name.as_str(), number)).collect(),
            keys,
            out,
        }
    }

    fn write(mut self, name: &str, path: &Path) {
        writeln!(self.out, "#[allow(dead_code)]\nstatic {}NONE: Structure = Structure {{ name: \"\", members: &[], required: &[], union: false, eventstream: false, payload: None, error: None }};", self.prefix).unwrap();
        for (shape_name, shape) in object(&self.model["shapes"]) {
            self.shape(shape_name, shape);
        }
        let operations: Vec<String> = object(&self.model["operations"])
            .values()
            .map(|operation| self.operation(operation))
            .collect();
        let metadata = &self.model["metadata"];
        let service_index = self.prefix[1..].trim_end_matches('_').to_owned();
        writeln!(
            self.out,
            "static SERVICE_{service_index}: Service = Service {{ name: {name:?}, service_id: {:?}, api_version: {:?}, signing_name: {:?}, operations: &[{}], keys: &{:?}, json: include_str!({:?}) }};",
            text(&metadata["serviceId"]),
            text(&metadata["apiVersion"]),
            metadata["signingName"].as_str().unwrap_or(text(&metadata["endpointPrefix"])),
            operations.join(", "),
            self.keys,
            path,
        )
        .unwrap();
    }

    fn shape(&mut self, name: &'a str, shape: &'a Value) {
        let id = self.id(name);
        let (kind, value) = match text(&shape["type"]) {
            "structure" if shape["document"] == true => return,
            "structure" => ("Structure", self.structure(name, shape)),
            "list" => (
                "List",
                format!(
                    "List {{ item: {}, min: {}, max: {} }}",
                    self.reference(&shape["member"]),
                    shape["min"].as_u64().unwrap_or(0),
                    bound(shape)
                ),
            ),
            "map" => (
                "Map",
                format!(
                    "Map {{ key: &{}, value: {}, min: {}, max: {} }}",
                    self.id(text(&shape["key"]["shape"])),
                    self.reference(&shape["value"]),
                    shape["min"].as_u64().unwrap_or(0),
                    bound(shape)
                ),
            ),
            "string" | "character" => (
                "Text",
                format!(
                    "Text {{ min: {}, max: {}, values: &{:?}, pattern: {:?} }}",
                    shape["min"].as_u64().unwrap_or(0),
                    bound(shape),
                    strings(&shape["enum"]),
                    shape["pattern"].as_str()
                ),
            ),
            "blob" => (
                "Length",
                format!(
                    "Length {{ min: {}, max: {} }}",
                    shape["min"].as_u64().unwrap_or(0),
                    bound(shape)
                ),
            ),
            "integer" | "long" | "float" | "double" => (
                "Range",
                format!(
                    "Range {{ min: {:?}, max: {:?} }}",
                    shape["min"].as_f64(),
                    shape["max"].as_f64()
                ),
            ),
            "boolean" | "timestamp" => return,
            other => panic!("{name}: a shape of type {other} has no table"),
        };
        writeln!(self.out, "static {id}: {kind} = {value};").unwrap();
    }

    fn structure(&self, name: &str, shape: &'a Value) -> String {
        let members = object(&shape["members"]);
        let place = |wanted: &str| {
            members.keys().position(|member| member == wanted).expect("a named member exists")
        };
        let rows: Vec<String> = members
            .iter()
            .map(|(member_name, member)| {
                let location = match member["location"].as_str() {
                    None => "Body",
                    Some("uri") => "Uri",
                    Some("querystring") => "Query",
                    Some("header") => "Header",
                    Some(other) => panic!("{name}.{member_name}: location {other} has no table"),
                };
                format!(
                    "Member {{ name: {member_name:?}, wire_name: {:?}, location: Location::{location}, shape: {}, idempotency_token: {}, key: {} }}",
                    member["locationName"].as_str().unwrap_or(member_name),
                    self.reference(member),
                    member["idempotencyToken"] == true,
                    self.keys.binary_search(&member_name.as_str()).expect("every member has a key"),
                )
            })
            .collect();
        let required: Vec<usize> = strings(&shape["required"]).into_iter().map(place).collect();
        let error = if shape["exception"] == true {
            format!(
                "Some(ErrorTrait {{ status: {}, retryable_throttling: {:?} }})",
                shape["error"]["httpStatusCode"].as_u64().unwrap_or(400),
                shape["retryable"]
                    .as_object()
                    .map(|trait_| trait_.get("throttling").is_some_and(|flag| flag == true)),
            )
        } else {
            "None".to_owned()
        };
        format!(
            "Structure {{ name: {name:?}, members: &[{}], required: &{required:?}, union: {}, eventstream: {}, payload: {:?}, error: {error} }}",
            rows.join(", "),
            shape["union"] == true,
            shape["eventstream"] == true,
            shape["payload"].as_str().map(place),
        )
    }

    fn operation(&self, operation: &'a Value) -> String {
        let name = text(&operation["name"]);
        let structure = |reference: &'a Value| match reference["shape"].as_str() {
            Some(shape) => format!("&{}", self.id(shape)),
            None => format!("&{}NONE", self.prefix),
        };
        let errors: Vec<String> =
            operation["errors"].as_array().into_iter().flatten().map(structure).collect();
        let input = &self.model["shapes"][text(&operation["input"]["shape"])];
        let streams_in = input["payload"].as_str().is_some_and(|payload| {
            let shape = text(&input["members"][payload]["shape"]);
            self.model["shapes"][shape]["eventstream"] == true
        });
        format!(
            "Operation {{ name: {name:?}, method_name: {:?}, http_method: {:?}, uri: &[{}], input: {}, output: {}, errors: &[{}], idempotent: {}, bidirectional: {streams_in} }}",
            snake_case(name),
            text(&operation["http"]["method"]),
            uri(text(&operation["http"]["requestUri"]), object(&input["members"])),
            structure(&operation["input"]),
            structure(&operation["output"]),
            errors.join(", "),
            operation["idempotent"] == true,
        )
    }

    /// The `Shape` expression for `{"shape": name}`.
    fn reference(&self, reference: &'a Value) -> String {
        let name = text(&reference["shape"]);
        let shape = &self.model["shapes"][name];
        let id = self.id(name);
        match text(&shape["type"]) {
            "structure" if shape["document"] == true => "Shape::Document".to_owned(),
            "structure" => format!("Shape::Structure(&{id})"),
            "list" => format!("Shape::List(&{id})"),
            "map" => format!("Shape::Map(&{id})"),
            "string" | "character" => format!("Shape::String(&{id})"),
            "integer" | "long" => format!("Shape::Integer(&{id})"),
            "float" | "double" => format!("Shape::Float(&{id})"),
            "boolean" => "Shape::Boolean".to_owned(),
            "blob" => format!("Shape::Blob(&{id})"),
            "timestamp" => {
                // rest-json's defaults: RFC 822 in headers, ISO 8601 in queries, else a number.
                let format = reference["timestampFormat"]
                    .as_str()
                    .or(shape["timestampFormat"].as_str())
                    .unwrap_or(match reference["location"].as_str() {
                        Some("header") => "rfc822",
                        Some("querystring") => "iso8601",
                        _ => "unixTimestamp",
                    });
                let variant = match format {
                    "iso8601" => "Iso8601",
                    "rfc822" => "Rfc822",
                    "unixTimestamp" => "UnixTimestamp",
                    other => panic!("{name}: timestamp format {other} has no table"),
                };
                format!("Shape::Timestamp(TimestampFormat::{variant})")
            }
            other => panic!("{name}: a shape of type {other} has no table"),
        }
    }

    fn id(&self, name: &str) -> String {
        format!("{}{}", self.prefix, self.shapes[name])
    }
}

/// `/model/{modelId}/converse` as parts.
fn uri(template: &str, members: &serde_json::Map<String, Value>) -> String {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((literal, tail)) = rest.split_once('{') {
        let (label, after) = tail.split_once('}').expect("a label is closed");
        if !literal.is_empty() {
            parts.push(format!("UriPart::Literal({literal:?})"));
        }
        let wire_name = label.trim_end_matches('+');
        let member = members
            .iter()
            .position(|(name, member)| member["locationName"].as_str().unwrap_or(name) == wire_name)
            .expect("a label names a member");
        parts.push(format!(
            "UriPart::Label {{ member: {member}, greedy: {} }}",
            label.ends_with('+')
        ));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(format!("UriPart::Literal({rest:?})"));
    }
    parts.join(", ")
}

/// `ListAsyncInvokes` → `list_async_invokes`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn object(value: &Value) -> &serde_json::Map<String, Value> {
    value.as_object().expect("the model has an object here")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("the model has a string here")
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn bound(shape: &Value) -> String {
    format!("{:?}", shape["max"].as_u64())
}
