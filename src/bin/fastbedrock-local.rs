//! The local Bedrock as a plain program: `fastbedrock-local [--host H] [--port N] [--tls]
//! [--ca-bundle FILE] [--scenario FILE] [--workers N]`.
//!
//! Prints one line of JSON with its address, then serves until it is killed or its standard input,
//! where that is a pipe that was asked for with `--until-eof`, ends.

use std::error::Error;
use std::io::Read;
use std::{env, fs, thread};

use fastbedrock::local::{Options, Server};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::default();
    let (mut ca_bundle, mut until_eof) = (None, false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--host" => options.host = value()?,
            "--port" => options.port = value()?.parse()?,
            "--workers" => options.workers = value()?.parse()?,
            "--scenario" => options.scenario = Some(fs::read_to_string(value()?)?),
            "--ca-bundle" => ca_bundle = Some(value()?),
            "--tls" => options.tls = true,
            "--until-eof" => until_eof = true,
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    let server = Server::start(&options)?;
    if let (Some(path), Some(pem)) = (&ca_bundle, server.authority_pem()) {
        fs::write(path, pem)?;
    }
    println!("{}", json!({"endpoint_url": server.endpoint_url(), "ca_bundle": ca_bundle}));
    if until_eof {
        std::io::stdin().read_to_end(&mut Vec::new())?;
    } else {
        loop {
            thread::park();
        }
    }
    Ok(())
}
