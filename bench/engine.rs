//! `engine ENDPOINT_URL ACCESS_KEY SECRET_KEY IN_FLIGHT CALLS`: calls Converse with fastbedrock's
//! own HTTP engine, bytes in and bytes out, and prints what `sdk-peer` prints. With IN_FLIGHT 1,
//! calls are made as a synchronous client makes them, otherwise as an asynchronous client does.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use fastbedrock::call::client::Client;
use fastbedrock::call::prepared::PreparedCall;
use fastbedrock::call::response::{CallResponse, Payload};
use fastbedrock::config::settings::Settings;
use fastbedrock::drive::background::Background;
use fastbedrock::drive::blocking;
use fastbedrock::environment::arguments::Arguments;
use fastbedrock::model::Service;
use http::header::{CONTENT_TYPE, HeaderValue};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BODY: &[u8] =
    br#"{"messages": [{"role": "user", "content": [{"text": "Hello, how are you today?"}]}]}"#;

fn service() -> Fallible<&'static Service> {
    Ok(Service::find("bedrock-runtime")?)
}

fn prepared() -> Fallible<PreparedCall> {
    let operation = service()?.operation("Converse").ok_or("no Converse")?;
    let (model_id, _) = operation.input.member("modelId").ok_or("no modelId")?;
    Ok(PreparedCall {
        operation,
        labels: vec![(model_id, "anthropic.claude-3-5-sonnet-20241022-v2:0".to_owned())],
        query: Vec::new(),
        headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: Bytes::from_static(BODY).into(),
    })
}

fn check<B>(response: &CallResponse<B>) -> Fallible<()> {
    match &response.payload {
        Payload::Whole(body) if response.head.status == 200 && body.ends_with(b"}") => Ok(()),
        _ => Err(format!("status {}", response.head.status).into()),
    }
}

fn sequentially(client: &Client, calls: usize) -> Fallible<()> {
    let options = client.options();
    (0..calls).try_for_each(|_| {
        let keep_waiting = || Ok::<(), fastbedrock::error::Error>(());
        check(&blocking::call(client, &prepared()?, &options, None, keep_waiting)?)
    })
}

async fn concurrently(
    client: Arc<Client>,
    background: Arc<Background>,
    in_flight: usize,
    calls: usize,
) -> Fallible<()> {
    let left = Arc::new(AtomicUsize::new(calls));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (client, background, left) = (client.clone(), background.clone(), left.clone());
        let next = |count: usize| count.checked_sub(1);
        workers.spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
                let options = client.options();
                check(&background.call(prepared()?, options, None)?.await.result?)?;
            }
            Ok(())
        });
    }
    workers.join_all().await.into_iter().collect()
}

/// Seconds of CPU that this process has used (user and system).
fn cpu() -> Fallible<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().ok_or("no fields")?.split_whitespace().skip(11).take(2);
    let ticks: f64 = fields.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint_url, access_key, secret_key, in_flight, calls] = &arguments[..] else {
        return Err("engine ENDPOINT_URL ACCESS_KEY SECRET_KEY IN_FLIGHT CALLS".into());
    };
    let (in_flight, calls): (usize, usize) = (in_flight.parse()?, calls.parse()?);
    let settings = Settings::resolve(
        service()?,
        Arguments {
            region_name: Some("us-east-1".to_owned()),
            endpoint_url: Some(endpoint_url.clone()),
            aws_access_key_id: Some(access_key.clone()),
            aws_secret_access_key: Some(secret_key.clone()),
            ..Arguments::default()
        },
        None,
    )?;
    let client = Arc::new(Client::new(settings)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let background = Arc::new(Background::new(client.clone(), None));
    let run = |calls: usize| match in_flight {
        1 => sequentially(&client, calls),
        _ => runtime.block_on(concurrently(client.clone(), background.clone(), in_flight, calls)),
    };
    run(20)?;
    let (wall, used) = (Instant::now(), cpu()?);
    run(calls)?;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu()? - used);
    println!("{{\"wall\": {wall}, \"cpu\": {cpu}, \"calls\": {calls}}}");
    Ok(())
}
