//! What a request proves its sender with.

use std::sync::Arc;

use crate::config::auth::Auth;
use crate::credentials::Identity;
use crate::error::{Error, Kind};

/// What a request proves its sender with.
pub enum RequestAuth<'a> {
    /// SigV4 with keys of the client.
    Shared(Arc<Identity>),
    /// SigV4 with keys that came with the call.
    Given(&'a Identity),
    Bearer(&'a str),
    /// The request is not signed.
    None,
}

impl<'a> RequestAuth<'a> {
    /// Keys are fetched or refreshed here if necessary. `given` is the identity that came with the
    /// call, for [`Auth::External`] and [`Auth::ExternalBearer`].
    ///
    /// Errors: `NoCredentialsError`, `NoAuthTokenError`, those of the credential providers, and
    /// the error of [`Auth::Unavailable`].
    pub async fn find(auth: &'a Auth, given: Option<&'a Identity>) -> Result<Self, Error> {
        Ok(match auth {
            Auth::SigV4(credentials) => RequestAuth::Shared(match credentials.current() {
                Some(identity) => identity,
                None => credentials.get().await?,
            }),
            Auth::External => match given {
                Some(identity) => RequestAuth::Given(identity),
                None => return Err(Error::new(Kind::NoCredentials)),
            },
            Auth::Bearer(token) => RequestAuth::Bearer(token),
            Auth::ExternalBearer => match given.and_then(Identity::session_token) {
                Some(token) => RequestAuth::Bearer(token),
                None => return Err(Error::new(Kind::NoAuthToken)),
            },
            Auth::None => RequestAuth::None,
            Auth::Unavailable(error) => return Err(error.clone()),
        })
    }
}
