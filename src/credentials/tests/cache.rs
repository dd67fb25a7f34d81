//! When the cache refreshes, and what its callers get.

use tokio::sync::watch;

use super::*;
use crate::credentials::cache::Refresh;
use crate::credentials::providers::environment_variables;

#[test]
fn one_refresh_serves_all_waiting_calls() {
    let script = Script::new();
    let credentials = credentials(script.source(0.3, 3600), no_network());
    assert!(credentials.current().is_none());
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let credentials = credentials.clone();
            std::thread::spawn(move || run(credentials.get()).unwrap())
        })
        .collect();
    let identities: Vec<_> = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(script.runs(), 1);
    assert!(identities.iter().all(|identity| Arc::ptr_eq(identity, &identities[0])));
    assert_eq!(identities[0].access_key_id(), "NEW");
    assert_eq!(identities[0].method(), "custom-process");
    assert!(Arc::ptr_eq(&credentials.current().unwrap(), &identities[0]));
}

#[test]
fn valid_credentials_are_returned_at_once_while_they_are_refreshed() {
    for seconds in [14 * 60, 5 * 60] {
        let script = Script::new();
        let credentials = credentials(script.source(0.3, 3600), no_network());
        credentials.0.current.store(Some(expiring_in(seconds)));
        let started = Instant::now();
        for _ in 0..100 {
            assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
        }
        assert!(started.elapsed() < Duration::from_millis(250), "{:?}", started.elapsed());
        let mut result = credentials.0.refresh.load_full().unwrap().result.clone();
        run(result.wait_for(Option::is_some)).unwrap();
        assert_eq!(credentials.current().unwrap().access_key_id(), "NEW");
        assert_eq!(script.runs(), 1);
    }
}

#[test]
fn credentials_with_time_left_are_not_refreshed() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    credentials.0.current.store(Some(expiring_in(16 * 60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(credentials.0.refresh.load().is_none());
}

#[test]
fn a_failed_refresh_leaves_valid_credentials_in_use_and_is_not_repeated_at_once() {
    let script = Script::new();
    let credentials = credentials(script.failing(), no_network());
    credentials.0.current.store(Some(expiring_in(5 * 60)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    let refresh = credentials.0.refresh.load_full().unwrap();
    run(refresh.result.clone().wait_for(Option::is_some)).unwrap();
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(Arc::ptr_eq(&refresh, &credentials.0.refresh.load_full().unwrap()));
    assert_eq!(script.runs(), 1);
}

#[test]
fn a_refresh_that_cannot_be_started_counts_as_a_failed_one() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    credentials.0.current.store(Some(expiring_in(5 * 60)));
    let error = credentials.0.join_refresh(|| Err(std::io::Error::other("no thread"))).unwrap_err();
    assert!(error.fields()[1].1.contains("no thread"), "{error}");
    let refresh = credentials.0.refresh.load_full().unwrap();
    assert!(matches!(&*refresh.result.borrow(), Some(Err(_))) && !refresh.is_running());
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "OLD");
    assert!(Arc::ptr_eq(&refresh, &credentials.0.refresh.load_full().unwrap()));
    // A call without valid credentials starts another refresh at once.
    credentials.0.current.store(Some(expiring_in(0)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "NEW");
    assert_eq!(script.runs(), 1);
}

#[test]
fn without_valid_credentials_each_call_refreshes_and_raises_the_refreshs_error() {
    let script = Script::new();
    let credentials = credentials(script.failing(), no_network());
    credentials.0.current.store(Some(expiring_in(0)));
    for runs in [1, 2] {
        let error = run(credentials.get()).unwrap_err();
        assert_eq!(error.class_name(), "CredentialRetrievalError");
        let fields = [("provider", "custom-process"), ("error_msg", "no luck\n")];
        assert_eq!(error.fields(), fields.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(script.runs(), runs);
    }
}

#[test]
fn refreshed_credentials_that_have_expired_are_an_error() {
    let script = Script::new();
    let error = run(credentials(script.source(0.0, -60), no_network()).get()).unwrap_err();
    assert!(error.fields()[1].1.contains("still expired"), "{error}");
}

#[test]
fn a_refresh_of_the_parent_process_is_not_waited_for() {
    let script = Script::new();
    let credentials = credentials(script.source(0.0, 3600), no_network());
    let (_sender, result) = watch::channel(None);
    let fork_generation = crate::runtime::fork::generation().wrapping_add(1);
    let inherited = Refresh { fork_generation, started: Instant::now(), result };
    credentials.0.refresh.store(Some(Arc::new(inherited)));
    assert_eq!(run(credentials.get()).unwrap().access_key_id(), "NEW");
}

#[test]
fn static_credentials_need_no_runtime() {
    let environment = environment(&[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")]);
    let credentials = credentials(CredentialSource::find(&environment).unwrap(), no_network());
    assert_eq!(credentials.current().unwrap().secret_access_key(), "S");
    assert!(credentials.0.refresh.load().is_none());
}

#[test]
fn environment_variables_are_read_again_when_their_credentials_expire() {
    let (soon, late) = (time(1), time(3600));
    let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")];
    let with = |expiration| [&keys[..], &[("AWS_CREDENTIAL_EXPIRATION", expiration)]].concat();
    let first =
        environment_variables::credentials(&Env::from_slice(&with(&soon))).unwrap().unwrap();
    let again = |variables: &[(&str, &str)]| {
        let source = CredentialSource::Environment {
            first: Arc::new(Identity::new("OLD", "S", None, Some(SystemTime::now()), "env")),
            variables: Env::from_slice(variables),
        };
        run(credentials(source, no_network()).get())
    };
    assert!(first.expires().is_some());
    assert_eq!(again(&with(&late)).unwrap().access_key_id(), "A");
    for (variables, missing) in
        [(&keys[..], "AWS_CREDENTIAL_EXPIRATION"), (&[][..], "AWS_ACCESS_KEY_ID")]
    {
        let error = again(variables).unwrap_err();
        assert_eq!(error.class_name(), "PartialCredentialsError");
        assert_eq!(error.fields()[1].1, missing);
    }
}
