//! The frame decoder on bytes whose checksums are right.
#![no_main]

use fastbedrock::event_stream::frames::FrameDecoder;

#[path = "../checks/frames.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::holds(bytes));
