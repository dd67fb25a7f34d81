//! Compresses the files of `models/<service>/<api version>/` into one file, together with images of
//! the services' tables, and writes an index of it. `src/model/embedded.rs` embeds both.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

/// The part of the crate that makes tables of a model.
#[allow(dead_code)]
#[path = "src/model"]
mod model {
    mod error;
    mod files;
    mod image_writer;
    mod loader;
    mod method_name;
    mod schema;
    mod shapes;
    mod tables;

    /// The image of the tables of a service, from its `service-2.json`.
    pub fn image(name: &str, json: Vec<u8>) -> Result<Vec<u8>, error::ModelError> {
        let origin = name.to_owned().into();
        let files = files::Files { origin, service: json.into(), paginators: None, waiters: None };
        loader::service(name, files).map(image_writer::image)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let models = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let (mut content, mut index) = (Vec::new(), String::new());
    for service in entries(&models)? {
        let version = entries(&service)?.pop().ok_or("a folder of models/ has no API version")?;
        let name = file_name(&service)?;
        let start = content.len();
        content.extend(model::image(name, fs::read(version.join("service-2.json"))?)?);
        writeln!(index, "{name} tables {start} {}", content.len())?;
        for file in entries(&version)? {
            let start = content.len();
            let mut encoder = GzEncoder::new(&mut content, Compression::best());
            std::io::copy(&mut fs::File::open(&file)?, &mut encoder)?;
            encoder.finish()?;
            let kind = file.file_stem().and_then(|stem| stem.to_str());
            let kind = kind.ok_or("a file name is not UTF-8")?;
            writeln!(index, "{name} {kind} {start} {}", content.len())?;
        }
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("models"), content)?;
    fs::write(out.join("models.index"), index)?;
    Ok(())
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
