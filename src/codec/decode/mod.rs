//! Wire JSON → Python objects. serde's seeds carry the shape, so no intermediate value is created.

mod body;
mod document;
mod pause;
mod value;

pub use body::{body, structure};
pub use pause::pausing;
pub use value::Scalars;
