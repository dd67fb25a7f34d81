//! Compresses `models/<service>/<api version>/<kind>.json` to `<service>.<kind>.json.gz` in OUT_DIR,
//! which `src/model/embedded.rs` includes.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let models = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("models");
    println!("cargo::rerun-if-changed={}", models.display());
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for service in entries(&models)? {
        for file in
            entries(&entries(&service)?.pop().ok_or("a folder of models/ has no API version")?)?
        {
            let name = format!("{}.{}.gz", file_name(&service)?, file_name(&file)?);
            let mut encoder =
                GzEncoder::new(fs::File::create(out.join(name))?, Compression::best());
            std::io::copy(&mut fs::File::open(&file)?, &mut encoder)?;
            encoder.finish()?;
        }
    }
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
