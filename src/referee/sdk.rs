//! The calls of the table in `mod.rs`, made by the official client.

use aws_sdk_bedrockruntime::config::{Credentials, Region};
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::primitives::{Blob, DateTime};
use aws_sdk_bedrockruntime::types::*;
use aws_sdk_bedrockruntime::{Client, Config};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_smithy_types::{Document, Number};

use super::{ACCESS_KEY, Failure, MODEL, REGION, SECRET_KEY, SESSION_TOKEN};
use crate::credentials::identity_http::IdentityHttp;
use crate::environment::arguments::Verify;

pub fn client(endpoint_url: &str) -> Client {
    let keys =
        Credentials::new(ACCESS_KEY, SECRET_KEY, Some(SESSION_TOKEN.to_owned()), None, "test");
    let config = Config::builder()
        .behavior_version(aws_sdk_bedrockruntime::config::BehaviorVersion::latest())
        .credentials_provider(keys)
        .endpoint_url(endpoint_url)
        .http_client(IdentityHttp { verify: Verify::Default })
        .region(Region::new(REGION))
        .retry_config(RetryConfig::disabled())
        .sleep_impl(TokioSleep::new())
        .time_source(SystemTimeSource::new())
        .timeout_config(TimeoutConfig::disabled());
    Client::from_conf(config.build())
}

fn failure<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Failure {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Failure { code: text(error.code()), message: text(error.message()) }
}

fn words() -> Message {
    let text = ContentBlock::Text("What is \"π\"?\n☃".to_owned());
    Message::builder().role(ConversationRole::User).content(text).build().unwrap()
}

fn object(entries: &[(&str, Document)]) -> Document {
    let entries = entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Document::Object(entries.collect())
}

/// Makes the call, and summarizes its response as the expressions of the table do.
pub async fn call(client: &Client, name: &str) -> Result<String, Failure> {
    Ok(match name {
        "Converse" => {
            let image = ImageBlock::builder()
                .format(ImageFormat::Png)
                .source(ImageSource::Bytes(Blob::new(b"\x89PNG\x00\xff")))
                .build()
                .unwrap();
            let message = Message::builder()
                .role(ConversationRole::User)
                .content(ContentBlock::Text("What is \"π\"?\n☃".to_owned()))
                .content(ContentBlock::Image(image))
                .build()
                .unwrap();
            let schema = object(&[
                ("type", Document::String("object".to_owned())),
                ("most", Document::Number(Number::PosInt(u64::MAX >> 1))),
                ("some", Document::Array(vec![Document::Null, Document::Bool(true)])),
                ("share", Document::Number(Number::Float(0.25))),
            ]);
            let tool = ToolSpecification::builder()
                .name("look_up")
                .input_schema(ToolInputSchema::Json(schema))
                .build()
                .unwrap();
            let limits = InferenceConfiguration::builder()
                .max_tokens(12)
                .temperature(0.5)
                .stop_sequences("</s>")
                .build();
            let response = client
                .converse()
                .model_id(MODEL)
                .messages(message)
                .system(SystemContentBlock::Text("Be brief.".to_owned()))
                .inference_config(limits)
                .tool_config(
                    ToolConfiguration::builder().tools(Tool::ToolSpec(tool)).build().unwrap(),
                )
                .request_metadata("team", "a b")
                .send()
                .await
                .map_err(failure)?;
            let id = response.request_id().unwrap().to_owned();
            let reason = response.stop_reason().as_str().to_owned();
            let tokens = response.usage().unwrap().total_tokens();
            let Some(ConverseOutput::Message(message)) = response.output() else { panic!() };
            let text = message.content()[0].as_text().unwrap();
            format!("{id} {text} {reason} {tokens}")
        }
        "ConverseStream" => {
            let call = client.converse_stream().model_id(MODEL).messages(words());
            let mut response = call.send().await.map_err(failure)?;
            let mut parts = Vec::new();
            while let Some(event) = response.stream.recv().await.map_err(failure)? {
                parts.push(match event {
                    ConverseStreamOutput::MessageStart(start) => start.role().to_string(),
                    ConverseStreamOutput::ContentBlockDelta(delta) => {
                        delta.delta().unwrap().as_text().unwrap().clone()
                    }
                    ConverseStreamOutput::MessageStop(stop) => stop.stop_reason().to_string(),
                    other => panic!("{other:?}"),
                });
            }
            parts.join("|")
        }
        "InvokeModel" => {
            let call = client.invoke_model().model_id(MODEL).body(Blob::new(b"{\"a\": [1]}"));
            let call = call.content_type("application/json").accept("application/json");
            let response = call.trace(Trace::Enabled).send().await.map_err(failure)?;
            let body = String::from_utf8_lossy(response.body().as_ref());
            format!("{} {body}", response.content_type())
        }
        "InvokeModelWithResponseStream" => {
            let call = client.invoke_model_with_response_stream().model_id(MODEL);
            let call = call.body(Blob::new(b"{}")).content_type("application/json");
            let call = call.accept("application/json");
            let mut response = call.send().await.map_err(failure)?;
            let mut parts = Vec::new();
            while let Some(event) = response.body.recv().await.map_err(failure)? {
                let ResponseStream::Chunk(chunk) = event else { panic!("{event:?}") };
                parts.push(String::from_utf8_lossy(chunk.bytes().unwrap().as_ref()).into_owned());
            }
            parts.join("|")
        }
        "CountTokens" => {
            let input = ConverseTokensRequest::builder().messages(words()).build();
            let call = client.count_tokens().model_id(MODEL);
            let call = call.input(CountTokensInput::Converse(input));
            call.send().await.map_err(failure)?.input_tokens().to_string()
        }
        "ApplyGuardrail" => {
            let text = GuardrailTextBlock::builder()
                .text("secret")
                .qualifiers(GuardrailContentQualifier::Query)
                .build()
                .unwrap();
            let call = client
                .apply_guardrail()
                .guardrail_identifier("g/1")
                .guardrail_version("DRAFT")
                .source(GuardrailContentSource::Input)
                .content(GuardrailContentBlock::Text(text));
            let response = call.send().await.map_err(failure)?;
            let text = response.outputs()[0].text().unwrap();
            format!("{} {text}", response.action())
        }
        "InvokeGuardrailChecks" => {
            let message = GuardrailChecksMessage::builder()
                .role(GuardrailChecksRole::User)
                .content(GuardrailChecksContentBlock::Text("secret".to_owned()))
                .build()
                .unwrap();
            let category = GuardrailChecksContentFilterCategoryConfig::builder()
                .category(GuardrailChecksContentFilterCategory::Hate)
                .build()
                .unwrap();
            let filter =
                GuardrailChecksContentFilterConfig::builder().categories(category).build().unwrap();
            let checks = GuardrailChecksConfig::builder().content_filter(filter).build();
            let call = client.invoke_guardrail_checks().messages(message).checks(checks);
            let response = call.send().await.map_err(failure)?;
            let results = response.results().unwrap().content_filter().unwrap().results();
            format!("{} {:?}", results[0].category(), results[0].severity_score())
        }
        "StartAsyncInvoke" => {
            let place = AsyncInvokeS3OutputDataConfig::builder().s3_uri("s3://b/k").build();
            let call = client
                .start_async_invoke()
                .client_request_token("token-1")
                .model_id("amazon.nova-reel-v1:0")
                .model_input(object(&[("seed", Document::Number(Number::NegInt(-7)))]))
                .output_data_config(AsyncInvokeOutputDataConfig::S3OutputDataConfig(
                    place.unwrap(),
                ));
            call.send().await.map_err(failure)?.invocation_arn().to_owned()
        }
        "GetAsyncInvoke" => {
            let call = client.get_async_invoke().invocation_arn("arn:aws:bedrock:a/é~*'()");
            let response = call.send().await.map_err(failure)?;
            format!("{} {}", response.status(), response.submit_time().secs())
        }
        "ListAsyncInvokes" => {
            let call = client
                .list_async_invokes()
                .submit_time_after(DateTime::from_secs(1_700_000_000))
                .status_equals(AsyncInvokeStatus::InProgress)
                .max_results(7)
                .next_token("a+/= b");
            let response = call.send().await.map_err(failure)?;
            let found = response.async_invoke_summaries();
            format!("{} {}", response.next_token().unwrap(), found[0].invocation_arn())
        }
        other => panic!("no call of {other}"),
    })
}
