//! What a client was told from outside: environment variables and profile files, read as botocore
//! reads them.

pub mod arguments;
pub mod ini;
pub mod profile;
pub mod region;
pub mod scope;
pub mod shell_words;
