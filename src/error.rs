//! The one error type. Its kind is private: `src/python` maps an error to an exception by
//! [`Error::class_name`] and [`Error::fields`], and the other code asks the predicates.

use std::fmt;

/// Why a client could not be created, or why a call got no complete response. An error *response*
/// of the service is not an `Error`: it is a response with a status.
#[derive(Debug, Clone)]
pub struct Error(Box<Kind>);

/// The variants are botocore's exception classes, their fields are the arguments of its messages.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    // Settings
    NoRegion,
    InvalidRegion {
        region_name: String,
    },
    InvalidEndpointUrl {
        endpoint_url: String,
    },
    EndpointResolution {
        msg: String,
    },
    EndpointVariant {
        tags: String,
        error_msg: String,
    },
    /// The endpoint does not fit the chosen auth scheme.
    InvalidEndpointConfiguration {
        msg: String,
    },
    UnknownSignatureVersion {
        signature_version: String,
    },
    ProfileNotFound {
        profile: String,
    },
    ConfigParse {
        path: String,
        error: String,
    },
    InvalidConfig {
        error_msg: String,
    },
    InfiniteLoopConfig {
        source_profile: String,
        visited_profiles: String,
    },
    InvalidRetryMode {
        provided_retry_mode: String,
    },
    InvalidMaxRetryAttempts {
        provided_max_attempts: String,
        min_value: u32,
    },
    /// A setting has a value that cannot be used.
    InvalidSetting {
        message: String,
    },
    // Credentials
    NoCredentials,
    PartialCredentials {
        provider: String,
        cred_var: String,
    },
    CredentialRetrieval {
        provider: String,
        error_msg: String,
    },
    RefreshWithMfaUnsupported,
    MetadataRetrieval {
        error_msg: String,
    },
    InvalidImdsEndpoint {
        endpoint: String,
    },
    InvalidImdsEndpointMode {
        mode: String,
    },
    NoAuthToken,
    // Connections
    ConnectTimeout {
        endpoint_url: String,
        error: String,
    },
    EndpointConnection {
        endpoint_url: String,
        error: String,
    },
    Ssl {
        endpoint_url: String,
        error: String,
    },
    ProxyConnection {
        proxy_url: String,
        error: String,
    },
    ReadTimeout {
        endpoint_url: String,
        error: String,
    },
    /// `late`: the request had been sent so long before that the model may have run.
    ConnectionClosed {
        endpoint_url: String,
        error: String,
        late: bool,
    },
    /// The client was closed before the call or the stream had ended. The same exception as for a
    /// connection that breaks, but final.
    ClientClosed {
        endpoint_url: String,
    },
    HttpClient {
        error: String,
    },
    /// The request cannot be built from the parameters. Another attempt would fail in the same way.
    UnsendableRequest {
        error: String,
    },
    // Bodies and event streams
    ResponseStreaming {
        error: String,
    },
    /// The server closed the connection before the end of the body.
    IncompleteBody {
        error: String,
        /// Whether a Content-Length announced the end; otherwise the last chunk is missing.
        has_length: bool,
    },
    ChecksumMismatch {
        expected: u32,
        calculated: u32,
    },
    InvalidFrame {
        class: &'static str,
        message: String,
    },
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Error(Box::new(kind))
    }

    pub(crate) fn invalid_config(error_msg: impl Into<String>) -> Self {
        Error::new(Kind::InvalidConfig { error_msg: error_msg.into() })
    }

    /// `provider` is botocore's name of the credential provider that failed.
    pub(crate) fn credential_retrieval(provider: &str, error_msg: impl Into<String>) -> Self {
        let (provider, error_msg) = (provider.to_owned(), error_msg.into());
        Error::new(Kind::CredentialRetrieval { provider, error_msg })
    }

    /// `cred_var` is the variable or option that is missing.
    pub(crate) fn partial_credentials(provider: &str, cred_var: &str) -> Self {
        let (provider, cred_var) = (provider.to_owned(), cred_var.to_owned());
        Error::new(Kind::PartialCredentials { provider, cred_var })
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0
    }

    /// The name of the exception class, as in `fastbedrock.exceptions` and in botocore.
    pub fn class_name(&self) -> &'static str {
        match &*self.0 {
            Kind::NoRegion => "NoRegionError",
            Kind::InvalidRegion { .. } => "InvalidRegionError",
            Kind::InvalidEndpointUrl { .. } | Kind::InvalidSetting { .. } => "ValueError",
            Kind::EndpointResolution { .. } => "EndpointProviderError",
            Kind::EndpointVariant { .. } => "EndpointVariantError",
            Kind::InvalidEndpointConfiguration { .. } => "InvalidEndpointConfigurationError",
            Kind::UnknownSignatureVersion { .. } => "UnknownSignatureVersionError",
            Kind::ProfileNotFound { .. } => "ProfileNotFound",
            Kind::ConfigParse { .. } => "ConfigParseError",
            Kind::InvalidConfig { .. } => "InvalidConfigError",
            Kind::InfiniteLoopConfig { .. } => "InfiniteLoopConfigError",
            Kind::InvalidRetryMode { .. } => "InvalidRetryModeError",
            Kind::InvalidMaxRetryAttempts { .. } => "InvalidMaxRetryAttemptsError",
            Kind::NoCredentials => "NoCredentialsError",
            Kind::PartialCredentials { .. } => "PartialCredentialsError",
            Kind::CredentialRetrieval { .. } => "CredentialRetrievalError",
            Kind::RefreshWithMfaUnsupported => "RefreshWithMFAUnsupportedError",
            Kind::MetadataRetrieval { .. } => "MetadataRetrievalError",
            Kind::InvalidImdsEndpoint { .. } => "InvalidIMDSEndpointError",
            Kind::InvalidImdsEndpointMode { .. } => "InvalidIMDSEndpointModeError",
            Kind::NoAuthToken => "NoAuthTokenError",
            Kind::ConnectTimeout { .. } => "ConnectTimeoutError",
            Kind::EndpointConnection { .. } => "EndpointConnectionError",
            Kind::Ssl { .. } => "SSLError",
            Kind::ProxyConnection { .. } => "ProxyConnectionError",
            Kind::ReadTimeout { .. } => "ReadTimeoutError",
            Kind::ConnectionClosed { .. } | Kind::ClientClosed { .. } => "ConnectionClosedError",
            Kind::HttpClient { .. } | Kind::UnsendableRequest { .. } => "HTTPClientError",
            Kind::ResponseStreaming { .. } => "ResponseStreamingError",
            Kind::IncompleteBody { .. } => "ResponseStreamingError",
            Kind::ChecksumMismatch { .. } => "ChecksumMismatch",
            Kind::InvalidFrame { class, .. } => class,
        }
    }

    /// The keyword arguments of the exception class, by botocore's names. If `message` is the only
    /// one, it is the whole text.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        match &*self.0 {
            Kind::NoRegion
            | Kind::NoCredentials
            | Kind::RefreshWithMfaUnsupported
            | Kind::NoAuthToken => vec![],
            Kind::InvalidRegion { region_name } => vec![("region_name", region_name.clone())],
            Kind::InvalidEndpointUrl { endpoint_url } => {
                vec![("message", format!("Invalid endpoint: {endpoint_url}"))]
            }
            Kind::EndpointResolution { msg } | Kind::InvalidEndpointConfiguration { msg } => {
                vec![("msg", msg.clone())]
            }
            Kind::EndpointVariant { tags, error_msg } => {
                vec![("tags", tags.clone()), ("error_msg", error_msg.clone())]
            }
            Kind::UnknownSignatureVersion { signature_version } => {
                vec![("signature_version", signature_version.clone())]
            }
            Kind::ProfileNotFound { profile } => vec![("profile", profile.clone())],
            Kind::ConfigParse { path, error } => {
                vec![("path", path.clone()), ("error", error.clone())]
            }
            Kind::InvalidConfig { error_msg } | Kind::MetadataRetrieval { error_msg } => {
                vec![("error_msg", error_msg.clone())]
            }
            Kind::InfiniteLoopConfig { source_profile, visited_profiles } => vec![
                ("source_profile", source_profile.clone()),
                ("visited_profiles", visited_profiles.clone()),
            ],
            Kind::InvalidImdsEndpoint { endpoint } => vec![("endpoint", endpoint.clone())],
            Kind::InvalidImdsEndpointMode { mode } => vec![("mode", mode.clone())],
            Kind::InvalidRetryMode { provided_retry_mode } => {
                vec![("provided_retry_mode", provided_retry_mode.clone())]
            }
            Kind::InvalidMaxRetryAttempts { provided_max_attempts, min_value } => vec![
                ("provided_max_attempts", provided_max_attempts.clone()),
                ("min_value", min_value.to_string()),
            ],
            Kind::InvalidSetting { message } | Kind::InvalidFrame { message, .. } => {
                vec![("message", message.clone())]
            }
            Kind::PartialCredentials { provider, cred_var } => {
                vec![("provider", provider.clone()), ("cred_var", cred_var.clone())]
            }
            Kind::CredentialRetrieval { provider, error_msg } => {
                vec![("provider", provider.clone()), ("error_msg", error_msg.clone())]
            }
            Kind::ProxyConnection { proxy_url, error } => {
                vec![("proxy_url", proxy_url.clone()), ("error", error.clone())]
            }
            Kind::ConnectTimeout { endpoint_url, error }
            | Kind::EndpointConnection { endpoint_url, error }
            | Kind::Ssl { endpoint_url, error }
            | Kind::ReadTimeout { endpoint_url, error }
            | Kind::ConnectionClosed { endpoint_url, error, .. } => {
                vec![("endpoint_url", endpoint_url.clone()), ("error", error.clone())]
            }
            Kind::ClientClosed { endpoint_url } => vec![
                ("endpoint_url", endpoint_url.clone()),
                ("reason", "the client was closed".to_owned()),
            ],
            Kind::HttpClient { error }
            | Kind::UnsendableRequest { error }
            | Kind::ResponseStreaming { error }
            | Kind::IncompleteBody { error, .. } => vec![("error", error.clone())],
            Kind::ChecksumMismatch { expected, calculated } => {
                vec![("expected", expected.to_string()), ("calculated", calculated.to_string())]
            }
        }
    }

    /// Whether the model may have run, and may be billed: the request was sent, and then the server
    /// sent nothing or closed the connection late.
    pub fn may_have_run(&self) -> bool {
        matches!(&*self.0, Kind::ReadTimeout { .. } | Kind::ConnectionClosed { late: true, .. })
    }

    /// Whether the connection was closed too soon for the server to have processed the request.
    pub fn is_early_close(&self) -> bool {
        matches!(&*self.0, Kind::ConnectionClosed { late: false, .. })
    }

    /// Whether no provider of the chain has credentials.
    pub fn is_no_credentials(&self) -> bool {
        matches!(&*self.0, Kind::NoCredentials)
    }

    /// Whether connecting or waiting for the response took too long.
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.0, Kind::ConnectTimeout { .. } | Kind::ReadTimeout { .. })
    }

    /// Whether the server accepted the connection and then sent nothing in time.
    pub fn is_read_timeout(&self) -> bool {
        matches!(&*self.0, Kind::ReadTimeout { .. })
    }

    /// Whether botocore calls the error transient: its `ConnectionError` and `HTTPClientError`
    /// families.
    pub fn is_transient(&self) -> bool {
        matches!(
            &*self.0,
            Kind::ConnectTimeout { .. }
                | Kind::EndpointConnection { .. }
                | Kind::Ssl { .. }
                | Kind::ProxyConnection { .. }
                | Kind::ReadTimeout { .. }
                | Kind::ConnectionClosed { .. }
                | Kind::HttpClient { .. }
        )
    }

    /// Whether the error is botocore's `HTTPClientError` itself, which does not tell the cause.
    pub fn is_unclassified(&self) -> bool {
        matches!(&*self.0, Kind::HttpClient { .. })
    }

    /// The error that an attempt reports if reading the whole body fails with this one. botocore
    /// reads the body inside `send`, so it reports an incomplete body as a closed connection.
    /// `has_run`: the head reported success, so the model has run.
    pub(crate) fn during_attempt(self, url: &str, has_run: bool) -> Self {
        let endpoint_url = url.to_owned();
        Error::new(match *self.0 {
            Kind::ResponseStreaming { error } | Kind::IncompleteBody { error, .. } => {
                Kind::ConnectionClosed { endpoint_url, error, late: has_run }
            }
            Kind::ReadTimeout { error, .. } => Kind::ReadTimeout { endpoint_url, error },
            kind => kind,
        })
    }

    /// Whether the body is shorter than its Content-Length.
    pub fn is_short_of_its_length(&self) -> bool {
        matches!(&*self.0, Kind::IncompleteBody { has_length: true, .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.class_name())?;
        for (name, value) in self.fields() {
            write!(formatter, " {name}={value:?}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
