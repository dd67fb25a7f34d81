//! The JSON decoder: whatever the fast path decodes, the slow path decodes to the same value.
//!
//! An input is a line that names an operation, or an operation and an event of its stream
//! (`ConverseStream messageStart`), and then the JSON of that response or event.
#![no_main]

#[path = "../checks/splice.rs"]
mod splice;

use fastbedrock::codec::{self, MemberNames, Scalars};
use fastbedrock::model::{File, Operation, Service, Shape, Structure};
use libfuzzer_sys::Corpus;
use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

libfuzzer_sys::fuzz_target!(|input: &[u8]| -> Corpus {
    Python::initialize();
    match Python::attach(|py| compare(py, input)) {
        Some(()) => Corpus::Keep,
        None => Corpus::Reject,
    }
});

libfuzzer_sys::fuzz_mutator!(|input: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut rng = fastrand::Rng::with_seed(seed.into());
    match splice::splice(&input[..size], &mut rng).filter(|mutated| mutated.len() <= max_size) {
        Some(mutated) if rng.u8(..4) > 0 => {
            input[..mutated.len()].copy_from_slice(&mutated);
            mutated.len()
        }
        _ => libfuzzer_sys::fuzzer_mutate(input, size, max_size),
    }
});

/// `None` if the fast path falls back or the input names no operation: such an input is not worth
/// mutating.
fn compare(py: Python<'_>, input: &[u8]) -> Option<()> {
    let service = Service::find("bedrock-runtime").ok()?;
    let line = input.iter().position(|byte| *byte == b'\n')?;
    let (name, json) = (std::str::from_utf8(&input[..line]).ok()?, &input[line + 1..]);
    let (operation, event) = match name.split_once(' ') {
        None => (service.operation(name)?, None),
        Some((name, event)) => (service.operation(name)?, Some(event)),
    };
    let (structure, scalars) = expected(operation, event)?;
    let fast = PyDict::new(py);
    let names = MemberNames::of(py, service);
    codec::structure(py, names, structure, scalars, json, &fast).ok()?;
    let slow = slow_path(py, service).call1((service.name, operation.name, event, json)).unwrap();
    // Python's notation also shows types and the order of members.
    assert_eq!(fast.repr().unwrap().to_string(), slow.repr().unwrap().to_string());
    Some(())
}

fn expected(
    operation: &'static Operation,
    event: Option<&str>,
) -> Option<(&'static Structure, Scalars)> {
    let Some(event) = event else {
        return operation.output.is_json_alone().then_some((operation.output, Scalars::Modelled));
    };
    let (_, member) = operation.output.event_stream()?.member(event)?;
    match member.shape {
        Shape::Structure(structure) if structure.error.is_none() => {
            Some((structure, Scalars::AsSent))
        }
        _ => None,
    }
}

fn slow_path<'py>(py: Python<'py>, service: &Service) -> &'py Bound<'py, PyAny> {
    static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let load = || {
        let module = PyModule::from_code(
            py,
            c_str!(include_str!("slow_path.py")),
            c_str!("slow_path.py"),
            c_str!("slow_path"),
        )?;
        let package = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/fastbedrock");
        let model = service.text(File::Service).unwrap().unwrap();
        module.call_method1("install", (package, model))?;
        Ok::<_, PyErr>(module.getattr("decode")?.unbind())
    };
    DECODE.get_or_try_init(py, load).unwrap().bind(py)
}
