//! `Engine`'s options dict becomes the arguments that settings are resolved from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use super::credentials::session::SessionCredentials;
use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use crate::call::connections::MAX_IDLE_CONNECTIONS;
use crate::config::settings::Settings;
use crate::credentials;
use crate::environment::arguments::{Arguments, Timeout, UNSIGNED, Verify};

/// Reads the options that the caller has set. An unknown option is a bug in this package.
pub fn arguments(options: &Bound<'_, PyDict>) -> PyResult<Arguments> {
    let python = options.py().version_info();
    let mut out = Arguments {
        user_agent_language: Some(format!(
            "python#{}.{}.{}",
            python.major, python.minor, python.patch
        )),
        ..Arguments::default()
    };
    for (key, value) in options.iter() {
        let key: String = key.extract()?;
        let value = &value;
        match key.as_str() {
            "region_name" => out.region_name = text(&key, value)?,
            "config_region_name" => out.config_region_name = text("region_name", value)?,
            "profile_name" => out.profile_name = text(&key, value)?,
            "use_ssl" => out.use_ssl = Some(flag(value)?),
            "verify" => out.verify = verify(value)?,
            "endpoint_url" => out.endpoint_url = text(&key, value)?,
            "aws_access_key_id" => out.aws_access_key_id = text(&key, value)?,
            "aws_secret_access_key" => out.aws_secret_access_key = text(&key, value)?,
            "aws_session_token" => out.aws_session_token = text(&key, value)?,
            "api_key" => out.api_key = text(&key, value)?,
            "proxies" => out.proxies = proxies(value)?,
            // Read by the functions below.
            "max_concurrency" | "session_credentials" => {}
            // Read by Python when it looks for the model.
            "api_version" | "data_path" => drop(text(&key, value)?),
            "credentials" => out.external_credentials = !value.is_none(),
            "auth_token" => out.external_token = !value.is_none(),
            "connect_timeout" => out.connect_timeout = Some(timeout(&key, value)?),
            "read_timeout" => out.read_timeout = Some(timeout(&key, value)?),
            "retry_mode" => out.retry_mode = text(&key, value)?,
            "total_max_attempts" => {
                // A larger number makes no difference. A negative number is rejected later, as 0
                // is.
                let attempts = whole(&key, value)?.clamp(0, u32::MAX.into());
                out.total_max_attempts = u32::try_from(attempts).ok();
            }
            "retry_read_timeout" => out.retry_read_timeout = flag(value)?,
            "max_pool_connections" => {
                // In boto3 a pool of zero or less has no limit.
                let kept = usize::try_from(whole(&key, value)?).unwrap_or_default();
                out.max_pool_connections = Some(if kept == 0 { usize::MAX } else { kept });
            }
            "tcp_keepalive" => out.tcp_keepalive = Some(flag(value)?),
            "user_agent_name" => out.user_agent_name = text(&key, value)?,
            "user_agent" => out.user_agent = text(&key, value)?,
            "user_agent_extra" => out.user_agent_extra = text(&key, value)?,
            "user_agent_appid" => out.user_agent_appid = text(&key, value)?,
            "signature_version" => out.signature_version = signature_version(&key, value)?,
            "auth_scheme_preference" => out.auth_scheme_preference = text(&key, value)?,
            "use_fips_endpoint" => out.use_fips_endpoint = value.extract()?,
            "use_dualstack_endpoint" => out.use_dualstack_endpoint = value.extract()?,
            "ignore_configured_endpoint_urls" => {
                out.ignore_configured_endpoint_urls = value.extract()?;
            }
            _ => return Err(PyTypeError::new_err(format!("unknown engine option: {key}"))),
        }
    }
    Ok(out)
}

/// The settings in effect, under the names of botocore's Config.
pub fn in_effect<'py>(py: Python<'py>, settings: &Settings) -> PyResult<Bound<'py, PyDict>> {
    let seconds = |limit: Option<Duration>| limit.map(|limit| limit.as_secs_f64());
    let retries = PyDict::new(py);
    retries.set_item("mode", settings.retry_mode.name())?;
    if let Some(attempts) = settings.total_max_attempts {
        retries.set_item("total_max_attempts", attempts)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("region_name", &settings.region)?;
    dict.set_item("user_agent", &settings.user_agent)?;
    dict.set_item("connect_timeout", seconds(settings.connect_timeout))?;
    dict.set_item("read_timeout", seconds(settings.read_timeout))?;
    let kept = settings.max_idle_connections.unwrap_or(MAX_IDLE_CONNECTIONS);
    dict.set_item("max_pool_connections", kept)?;
    dict.set_item("retries", retries)?;
    dict.set_item("signature_version", settings.auth.signature_version())?;
    Ok(dict)
}

fn text(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if value.is_none() {
        return Ok(None);
    }
    let wrong = |_| {
        if value.is_instance_of::<PyString>() {
            PyValueError::new_err(format!("{key} holds a lone surrogate, which cannot be sent"))
        } else {
            PyTypeError::new_err(format!("{key} must be a str, not {}", kind(value)))
        }
    };
    value.extract().map(Some).map_err(wrong)
}

// Flags, numbers and paths may be objects whose methods are Python code, so Python calls them.

fn flag(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static TRUTH: Imported = Imported::new("operator", "truth");
    python_calls::call_function(value.py(), &TRUTH, (value,))?.extract()
}

/// An integer of any size, limited to the range of `i64`.
fn whole(key: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    static INDEX: Imported = Imported::new("operator", "index");
    let wrong = |_| PyTypeError::new_err(format!("{key} must be an int, not {}", kind(value)));
    let int = python_calls::call_function(value.py(), &INDEX, (value,)).map_err(wrong)?;
    match int.extract() {
        Ok(int) => Ok(int),
        Err(_) => Ok(if int.lt(0)? { i64::MIN } else { i64::MAX }),
    }
}

/// The limit of concurrent calls and streams.
pub fn max_concurrency(options: &Bound<'_, PyDict>) -> PyResult<Option<usize>> {
    let Some(limit) = options.get_item("max_concurrency")? else { return Ok(None) };
    let limit = whole("max_concurrency", &limit)?;
    Ok(Some(usize::try_from(limit.max(1)).unwrap_or(usize::MAX)))
}

/// What the clients of the caller's session share.
pub fn session_credentials(
    options: &Bound<'_, PyDict>,
) -> PyResult<Option<credentials::SessionCredentials>> {
    let Some(shared) = options.get_item("session_credentials")? else { return Ok(None) };
    Ok(Some(shared.cast::<SessionCredentials>()?.get().0.clone()))
}

/// The URL of a proxy for each scheme.
fn proxies(value: &Bound<'_, PyAny>) -> PyResult<Option<BTreeMap<String, String>>> {
    let Ok(given) = value.cast::<PyDict>() else {
        return Err(PyTypeError::new_err(format!("proxies must be a dict, not {}", kind(value))));
    };
    let mut proxies = BTreeMap::new();
    for (scheme, url) in given.iter() {
        let Some(scheme) = text("a scheme in proxies", &scheme)? else { continue };
        if let Some(url) = text(&format!("proxies['{scheme}']"), &url)? {
            proxies.insert(scheme, url);
        }
    }
    Ok(Some(proxies))
}

/// A name, or botocore's `UNSIGNED` marker, which is recognized by the name of its type, because
/// botocore is never imported.
fn signature_version(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if kind(value) == "_UnsignedType" || kind(value) == "UNSIGNED" {
        return Ok(Some(UNSIGNED.to_owned()));
    }
    text(key, value)
}

fn verify(value: &Bound<'_, PyAny>) -> PyResult<Option<Verify>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Some(if flag.is_true() { Verify::Default } else { Verify::Off }));
    }
    let wrong =
        |_| PyTypeError::new_err(format!("verify must be a bool or a path, not {}", kind(value)));
    static FSPATH: Imported = Imported::new("os", "fspath");
    let path = python_calls::call_function(value.py(), &FSPATH, (value,));
    let path = path.and_then(|path| path.extract::<PathBuf>());
    path.map(|path| Some(Verify::Bundle(path))).map_err(wrong)
}

fn real(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_exact_instance_of::<PyFloat>() || value.is_exact_instance_of::<PyInt>() {
        return value.extract();
    }
    // `float` would take a text, too.
    static LDEXP: Imported = Imported::new("math", "ldexp");
    python_calls::call_function(value.py(), &LDEXP, (value, 0))?.extract()
}

/// A number of seconds, or None for no limit. Values that boto3 cannot wait for are rejected.
pub fn timeout(key: &str, value: &Bound<'_, PyAny>) -> PyResult<Timeout> {
    if value.is_none() {
        return Ok(Timeout(None));
    }
    let wrong = || {
        let most = Timeout::LONGEST.as_secs();
        let text = format!(
            "{key} must be a number of seconds above 0 and up to {most} (292 years), or None"
        );
        PyValueError::new_err(text)
    };
    if value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    let seconds = real(value).map_err(|_| wrong())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if seconds > 0.0 && limit <= Timeout::LONGEST => {
            Ok(Timeout(Some(limit.max(Duration::from_nanos(1)))))
        }
        _ => Err(wrong()),
    }
}

fn kind(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
