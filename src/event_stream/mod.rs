//! Event streams: frames and their headers.

pub mod frames;
mod text_frame;
