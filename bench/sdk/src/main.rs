//! `sdk-peer ENDPOINT_URL ACCESS_KEY SECRET_KEY IN_FLIGHT CALLS`: calls Converse with the official
//! Rust client on one thread and prints seconds of wall clock and of CPU as JSON.

use std::time::Instant;

use aws_credential_types::Credentials;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::{Config, Region};
use aws_sdk_bedrockruntime::types::{ContentBlock, ConversationRole, Message};
use futures_util::stream::{self, StreamExt};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

async fn converse(client: &Client) {
    let text = ContentBlock::Text("Hello, how are you today?".to_owned());
    let message = Message::builder().role(ConversationRole::User).content(text).build().unwrap();
    let response = client
        .converse()
        .model_id("anthropic.claude-3-5-sonnet-20241022-v2:0")
        .messages(message)
        .send()
        .await
        .unwrap();
    assert!(response.usage().is_some());
}

/// Seconds of CPU that this process has used (user and system).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, access_key, secret_key, in_flight, calls] = &arguments[..] else {
        panic!("sdk-peer ENDPOINT_URL ACCESS_KEY SECRET_KEY IN_FLIGHT CALLS");
    };
    let (in_flight, calls): (usize, usize) = (in_flight.parse().unwrap(), calls.parse().unwrap());
    let config = Config::builder()
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::from_keys(access_key, secret_key, None))
        .build();
    let client = Client::from_conf(config);
    for _ in 0..20 {
        converse(&client).await;
    }
    let (wall, used) = (Instant::now(), cpu());
    stream::iter(0..calls).for_each_concurrent(in_flight, |_| converse(&client)).await;
    println!(
        "{{\"wall\": {}, \"cpu\": {}, \"calls\": {calls}}}",
        wall.elapsed().as_secs_f64(),
        cpu() - used
    );
}
