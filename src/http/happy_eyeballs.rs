//! Connecting to a host that has several addresses ("Happy Eyeballs", RFC 8305).

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::runtime::timer;

/// If an address has not responded after this time, the next one is tried as well.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to the addresses in order and returns the first connection. The next address is tried as
/// soon as one has failed, or 250 ms after the last one was tried. Never times out by itself.
pub async fn connect_to_first<C, F>(
    addresses: &[SocketAddr],
    connect: impl Fn(SocketAddr) -> F,
) -> io::Result<C>
where
    F: Future<Output = io::Result<C>>,
{
    let mut remaining = addresses.iter();
    let mut attempts: Vec<Pin<Box<F>>> = Vec::new();
    let mut failure = io::Error::new(ErrorKind::AddrNotAvailable, "the name has no address");
    loop {
        attempts.extend(remaining.next().map(|address| Box::pin(connect(*address))));
        if attempts.is_empty() {
            return Err(failure);
        }
        let connected = pin!(poll_fn(|context| {
            for index in 0..attempts.len() {
                let Some(attempt) = attempts.get_mut(index) else { break };
                if let Poll::Ready(outcome) = attempt.as_mut().poll(context) {
                    drop(attempts.swap_remove(index));
                    return Poll::Ready(outcome);
                }
            }
            Poll::Pending
        }));
        let delay = Some(ATTEMPT_DELAY).filter(|_| remaining.len() > 0);
        match timer::timeout(delay, connected).await {
            Some(Ok(connection)) => return Ok(connection),
            Some(Err(error)) => failure = error,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Connects to made-up addresses: port 1 refuses, port 2 is silent, and other ports accept and
    /// return their number. Returns the outcome and the ports that were tried.
    async fn race(ports: &[u16]) -> (io::Result<u16>, Vec<u16>) {
        let tried = Mutex::new(Vec::new());
        let addresses: Vec<SocketAddr> =
            ports.iter().map(|port| SocketAddr::from(([127, 0, 0, 1], *port))).collect();
        let outcome = connect_to_first(&addresses, |address| {
            tried.lock().unwrap().push(address.port());
            async move {
                match address.port() {
                    1 => Err(ErrorKind::ConnectionRefused.into()),
                    2 => std::future::pending().await,
                    port => Ok(port),
                }
            }
        });
        (outcome.await, tried.into_inner().unwrap())
    }

    #[tokio::test]
    async fn addresses_are_tried_in_order_until_one_accepts() {
        for (ports, connected, tried) in [
            (vec![3, 4], Some(3), vec![3]),
            (vec![1, 3], Some(3), vec![1, 3]),
            (vec![2, 3, 4], Some(3), vec![2, 3]),
            (vec![2, 1, 3], Some(3), vec![2, 1, 3]),
            (vec![1, 1], None, vec![1, 1]),
            (vec![], None, vec![]),
        ] {
            let (outcome, order) = race(&ports).await;
            assert_eq!((outcome.ok(), order), (connected, tried), "{ports:?}");
        }
    }

    #[tokio::test]
    async fn silent_addresses_wait_until_the_connect_timeout() {
        let limit = Some(2 * ATTEMPT_DELAY);
        assert!(timer::timeout(limit, race(&[2, 2])).await.is_none());
    }
}
