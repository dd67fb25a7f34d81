//! The local Bedrock as a program without Python: `fastbedrock-local [--host H] [--port N] [--tls]
//! [--ca-bundle FILE] [--scenario FILE] [--workers N] [--allow-host NAME]... [--max-connections N]
//! [--idle-timeout SECONDS] [--until-eof]`.
//!
//! It prints its address as one line of JSON and serves until it is killed or, with `--until-eof`,
//! until its standard input ends.

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use fastbedrock::local::{Options, Server};
use serde_json::json;

#[derive(Default)]
struct Command {
    options: Options,
    ca_bundle: Option<String>,
    until_eof: bool,
}

fn main() -> ExitCode {
    match parse(env::args().skip(1)).and_then(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fastbedrock-local: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut command = Command::default();
    let options = &mut command.options;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        let invalid = |value: &str| format!("{argument}: {value} is not a valid number");
        match argument.as_str() {
            "--host" => options.host = value()?,
            "--port" => {
                let port = value()?;
                options.port = port.parse().map_err(|_| invalid(&port))?;
            }
            "--workers" => {
                let workers = value()?;
                options.workers = workers.parse().map_err(|_| invalid(&workers))?;
            }
            "--allow-host" => options.allowed_hosts.push(value()?),
            "--max-connections" => {
                let number = value()?;
                options.max_connections = number.parse().map_err(|_| invalid(&number))?;
            }
            "--idle-timeout" => {
                let seconds = value()?;
                let duration = seconds.parse().ok().map(Duration::try_from_secs_f64);
                options.idle_timeout = match duration {
                    Some(Ok(duration)) if !duration.is_zero() => Some(duration),
                    _ => return Err(invalid(&seconds)),
                };
            }
            "--scenario" => {
                let path = value()?;
                let text = fs::read_to_string(&path);
                options.scenario = Some(text.map_err(|error| format!("{path}: {error}"))?);
            }
            "--ca-bundle" => command.ca_bundle = Some(value()?),
            "--tls" => options.tls = true,
            "--until-eof" => command.until_eof = true,
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(command)
}

fn serve(Command { options, ca_bundle, until_eof }: Command) -> Result<(), String> {
    let server =
        Server::start(&options).map_err(|error| format!("{}: {error}", options.address()))?;
    if let (Some(path), Some(pem)) = (&ca_bundle, server.authority_pem()) {
        fs::write(path, pem).map_err(|error| format!("{path}: {error}"))?;
    }
    println!("{}", json!({"endpoint_url": server.endpoint_url(), "ca_bundle": ca_bundle}));
    if until_eof {
        std::io::stdin().read_to_end(&mut Vec::new()).map_err(|error| error.to_string())?;
        return Ok(());
    }
    loop {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Command, String> {
        parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_become_options() {
        let command = parsed(
            "--host ::1 --port 4010 --workers 2 --tls --until-eof --allow-host a --allow-host b \
             --max-connections 7 --idle-timeout 1.5",
        )
        .unwrap();
        let options = command.options;
        assert_eq!((options.host.as_str(), options.port, options.tls), ("::1", 4010, true));
        assert_eq!((options.workers, options.scenario), (2, None));
        assert_eq!(options.allowed_hosts, ["a", "b"]);
        assert_eq!(options.max_connections, 7);
        assert_eq!(options.idle_timeout, Some(Duration::from_millis(1500)));
        assert!(command.until_eof && command.ca_bundle.is_none());
    }

    #[test]
    fn errors_name_the_wrong_argument() {
        for (words, problem) in [
            ("--nope", "unknown argument --nope"),
            ("--port", "--port needs a value"),
            ("--port 70000", "--port: 70000 is not a valid number"),
            ("--workers many", "--workers: many is not a valid number"),
            ("--max-connections -1", "--max-connections: -1 is not a valid number"),
            ("--idle-timeout 0", "--idle-timeout: 0 is not a valid number"),
            ("--idle-timeout NaN", "--idle-timeout: NaN is not a valid number"),
            ("--scenario /no/such/file", "/no/such/file: No such file"),
        ] {
            let error = parsed(words).err().unwrap();
            assert!(error.contains(problem), "{error}");
        }
    }
}
