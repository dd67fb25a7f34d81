//! The inputs from which the fuzzer begins. tests/wire/test_fast_path.py compares what both paths make
//! of them.

use pyo3::prelude::*;

#[path = "../../fuzz/checks/json.rs"]
mod check;

use crate::{codec, model};

#[test]
fn every_seed_of_the_fuzzer_takes_the_fast_path() {
    Python::initialize();
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/json");
    for seed in std::fs::read_dir(seeds).unwrap() {
        let seed = seed.unwrap();
        let bytes = std::fs::read(seed.path()).unwrap();
        let input = check::Input::of(&bytes).unwrap();
        let name = [Some(input.operation.name), input.event].map(Option::unwrap_or_default);
        assert_eq!(seed.file_name().to_string_lossy(), name.join("_").trim_end_matches('_'));
        let decoded = Python::attach(|py| input.decoded(py).map(|dict| dict.to_string()));
        assert!(decoded.is_some(), "{}: {:?}", seed.path().display(), input.json);
    }
}
