//! The frame decoder, on bytes with correct checksums.
#![no_main]

use fastbedrock::event_stream::frames::FrameSplitter;

#[path = "../checks/frames.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::holds(bytes));
