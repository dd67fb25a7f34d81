//! The JSON decoder: whatever the fast path decodes, the slow path decodes to the same value.
#![no_main]

#[path = "../checks/json.rs"]
mod check;
#[path = "../checks/splice.rs"]
mod splice;

use fastbedrock::model::{File, Service, service_names};
use fastbedrock::{codec, model};
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
fn compare(py: Python<'_>, bytes: &[u8]) -> Option<()> {
    let input = check::Input::of(bytes)?;
    let fast = input.decoded(py)?;
    let check::Input { service, operation, event, json } = input;
    let slow = slow_path(py).call1((service.name, operation.name, event, json)).unwrap();
    // Python's notation also shows types and the order of members.
    assert_eq!(fast.repr().unwrap().to_string(), slow.repr().unwrap().to_string());
    Some(())
}

fn slow_path<'py>(py: Python<'py>) -> &'py Bound<'py, PyAny> {
    static DECODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let load = || {
        let module = PyModule::from_code(
            py,
            c_str!(include_str!("slow_path.py")),
            c_str!("slow_path.py"),
            c_str!("slow_path"),
        )?;
        let package = concat!(env!("CARGO_MANIFEST_DIR"), "/../python/fastbedrock");
        let models = PyDict::new(py);
        for name in service_names() {
            let model = Service::find(name).unwrap().text(File::Service).unwrap();
            models.set_item(name, model)?;
        }
        module.call_method1("install", (package, models))?;
        Ok::<_, PyErr>(module.getattr("decode")?.unbind())
    };
    DECODE.get_or_try_init(py, load).unwrap().bind(py)
}
