//! `engine ENDPOINT_URL ACCESS_KEY SECRET_KEY IN_FLIGHT CALLS`: calls Converse with fastbedrock's own
//! transport, bytes in and bytes out, and prints what `sdk-peer` prints. One call in flight goes as
//! a synchronous client's does, more as an asynchronous one's.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use fastbedrock::call::transport::{Answer, Payload, Request, Transport};
use fastbedrock::config::settings::{Arguments, Settings};
use fastbedrock::drive::background::Background;
use fastbedrock::drive::blocking::Blocking;
use fastbedrock::model::Service;
use http::header::{CONTENT_TYPE, HeaderValue};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const BODY: &[u8] =
    br#"{"messages": [{"role": "user", "content": [{"text": "Hello, how are you today?"}]}]}"#;

fn service() -> Outcome<&'static Service> {
    Ok(Service::find("bedrock-runtime")?)
}

fn request() -> Outcome<Request> {
    Ok(Request {
        operation: service()?.operation("Converse").ok_or("no Converse")?,
        target: "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse".to_owned(),
        headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: Bytes::from_static(BODY),
    })
}

fn check<B>(answer: &Answer<B>) -> Outcome<()> {
    match &answer.payload {
        Payload::Whole(body) if answer.head.status == 200 && body.ends_with(b"}") => Ok(()),
        _ => Err(format!("status {}", answer.head.status).into()),
    }
}

fn in_turn(client: &Blocking, calls: usize) -> Outcome<()> {
    (0..calls).try_for_each(|_| {
        let goes_on = || Ok::<(), fastbedrock::error::Error>(());
        check(&client.call(&request()?, None, goes_on)?)
    })
}

async fn at_once(client: Arc<Background>, in_flight: usize, calls: usize) -> Outcome<()> {
    let left = Arc::new(AtomicUsize::new(calls));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..in_flight {
        let (client, left) = (client.clone(), left.clone());
        let next = |count: usize| count.checked_sub(1);
        workers.spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
                check(&client.call(request()?, None)?.await.outcome?)?;
            }
            Ok(())
        });
    }
    workers.join_all().await.into_iter().collect()
}

/// Seconds of CPU that this process has used (user and system).
fn cpu() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().ok_or("no fields")?.split_whitespace().skip(11).take(2);
    let ticks: f64 = fields.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}

fn main() -> Outcome<()> {
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
    )?;
    let transport = Arc::new(Transport::new(settings)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (blocking, background) =
        (Blocking::new(transport.clone()), Arc::new(Background::new(transport, None)));
    let run = |calls: usize| match in_flight {
        1 => in_turn(&blocking, calls),
        _ => runtime.block_on(at_once(background.clone(), in_flight, calls)),
    };
    run(20)?;
    let (wall, used) = (Instant::now(), cpu()?);
    run(calls)?;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu()? - used);
    println!("{{\"wall\": {wall}, \"cpu\": {cpu}, \"calls\": {calls}}}");
    Ok(())
}
