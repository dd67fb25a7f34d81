//! Credentials that the clients of one session share.

use super::roles::{base_credentials, chain, role};
use super::*;

#[test]
fn a_session_keeps_the_source_that_its_first_client_selected() {
    let session = SessionCredentials::default();
    let get_or_keep =
        |source| session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap();
    let script = Script::new();
    let is_same = |one: &CredentialsCache, other: &CredentialsCache| Arc::ptr_eq(&one.0, &other.0);
    // While there are no credentials, a new source replaces the old one if it differs.
    let none = get_or_keep(CredentialSource::None);
    assert!(is_same(&none, &get_or_keep(CredentialSource::None)));
    let process = get_or_keep(script.source(0.0, 3600));
    assert!(!is_same(&none, &process));
    assert!(is_same(&process, &get_or_keep(script.source(0.0, 3600))));
    let other = get_or_keep(script.failing());
    assert!(!is_same(&process, &other));
    let process = get_or_keep(script.source(0.0, 3600));
    run(process.get()).unwrap();
    assert!(is_same(&process, &get_or_keep(script.failing())));
    let unwanted = || panic!("the session has credentials");
    assert!(is_same(&process, &session.get_or_find(unwanted).unwrap()));
}

#[test]
fn sources_that_retrieve_credentials_later_are_kept_at_once() {
    let session = SessionCredentials::default();
    let get_or_keep =
        |source| session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap();
    let first = get_or_keep(chain([role(None)]));
    assert!(Arc::ptr_eq(&first.0, &get_or_keep(CredentialSource::None).0));
}

#[test]
fn an_error_while_selecting_the_source_is_not_kept() {
    let session = SessionCredentials::default();
    let error = session.get_or_find(|| Err(Error::new(Kind::NoCredentials))).unwrap_err();
    assert!(error.is_no_credentials());
    assert!(session.get_or_find(|| Ok(credentials(base_credentials(), no_network()))).is_ok());
}

#[test]
fn clients_that_are_created_at_the_same_time_share_credentials() {
    let session = SessionCredentials::default();
    let script = Script::new();
    let barrier = Arc::new(std::sync::Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (session, barrier) = (session.clone(), barrier.clone());
            let source = script.source(0.0, 3600);
            std::thread::spawn(move || {
                barrier.wait();
                session.get_or_find(|| Ok(credentials(source, no_network()))).unwrap()
            })
        })
        .collect();
    let caches: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(caches.iter().all(|one| Arc::ptr_eq(&one.0, &caches[0].0)));
}
