//! Wire JSON → Python objects, guided by a shape, so that no intermediate value is created.

mod body;
mod document;
mod json;
#[cfg(test)]
mod json_tests;
mod pause;
mod value;

pub use body::{body, structure};
pub use pause::pausing;
pub use value::Scalars;
