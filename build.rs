//! Compresses `models/<service>/<api version>/<kind>.json` into OUT_DIR, and writes the table of all
//! services, which `src/model/embedded.rs` includes.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let models = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut table = String::from("&[\n");
    for service in entries(&models)? {
        let name = file_name(&service)?;
        let version = entries(&service)?.pop().ok_or("a folder of models/ has no API version")?;
        let compressed = |kind| compressed(&version.join(format!("{kind}.json")), name, &out);
        writeln!(
            table,
            "({name:?}, Files {{ folder: Cow::Borrowed(\"models/{name}\"), service: {}, \
             paginators: {}, waiters: {} }}),",
            compressed("service-2")?.ok_or("a folder of models/ has no service-2.json")?,
            optional(compressed("paginators-1")?),
            optional(compressed("waiters-2")?),
        )?;
    }
    table.push(']');
    fs::write(out.join("embedded.rs"), table)?;
    Ok(())
}

/// Compresses a file, and returns the expression for its content; `None` if there is no such file.
fn compressed(file: &Path, service: &str, out: &Path) -> Result<Option<String>, Box<dyn Error>> {
    if !file.exists() {
        return Ok(None);
    }
    let path = out.join(format!("{service}.{}.gz", file_name(file)?));
    let mut encoder = GzEncoder::new(fs::File::create(&path)?, Compression::best());
    std::io::copy(&mut fs::File::open(file)?, &mut encoder)?;
    encoder.finish()?;
    Ok(Some(format!("Cow::Borrowed(include_bytes!({path:?}))")))
}

fn optional(expression: Option<String>) -> String {
    expression.map_or_else(|| "None".to_owned(), |expression| format!("Some({expression})"))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> Result<&str, &'static str> {
    path.file_name().and_then(|name| name.to_str()).ok_or("a file name is not UTF-8")
}
