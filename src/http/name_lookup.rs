//! DNS: the addresses of a host name, looked up by the operating system.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::thread;

use tokio::sync::watch;

use crate::runtime::caller_thread;
use crate::runtime::fork::ForkGuardedMutex;

type Addresses = Result<Arc<[SocketAddr]>, String>;

/// Looks up one host. Connections that are opened at the same time share one lookup.
pub struct NameLookup {
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    running: ForkGuardedMutex<Option<watch::Receiver<Option<Addresses>>>>,
}

impl NameLookup {
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        NameLookup { host: host.into(), port, running: ForkGuardedMutex::new() }
    }

    /// The addresses in the order in which they should be tried. The error is the system's text.
    pub async fn addresses(&self) -> Addresses {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(Arc::new([SocketAddr::new(address, self.port)]));
        }
        let lookup = self.running.with(|running| {
            // The sender is dropped once the lookup has ended or its thread has died.
            let shared = running.as_ref().filter(|lookup| lookup.has_changed().is_ok());
            if let Some(lookup) = shared {
                return Ok(lookup.clone());
            }
            let (sender, lookup) = watch::channel(None);
            let (host, port) = (self.host.clone(), self.port);
            thread::Builder::new()
                .name("fastbedrock-dns".to_owned())
                .spawn(move || sender.send_replace(Some(look_up(&host, port))))?;
            Ok::<_, std::io::Error>(running.insert(lookup).clone())
        });
        let mut lookup = match lookup {
            Ok(lookup) => lookup,
            // The caller's thread does the lookup itself. Then neither the connect timeout nor
            // Ctrl-C ends the lookup. The runtime's thread serves all calls and must not block.
            Err(_) if caller_thread::is_current() => return look_up(&self.host, self.port),
            Err(error) => {
                return Err(format!("no thread could be started for the name lookup: {error}"));
            }
        };
        match lookup.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(addresses)) => addresses.clone(),
            _ => Err("the name lookup was interrupted".to_owned()),
        }
    }
}

fn look_up(host: &str, port: u16) -> Addresses {
    let found = (host, port).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        Err("the name has no address".to_owned())
    } else {
        Ok(addresses.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn run_lookup(lookup: &NameLookup) -> Addresses {
        caller_thread::run(async { Ok(lookup.addresses().await) }, || Ok::<(), Error>(())).unwrap()
    }

    #[tokio::test]
    async fn literal_addresses_need_no_lookup() {
        for host in ["127.0.0.1", "::1"] {
            let lookup = NameLookup::new(host, 80);
            let addresses = lookup.addresses().await.unwrap();
            assert_eq!(*addresses, [SocketAddr::new(host.parse().unwrap(), 80)]);
            assert!(lookup.running.with(|running| running.is_none()));
        }
    }

    #[tokio::test]
    async fn a_running_lookup_is_shared() {
        let lookup = NameLookup::new("localhost", 80);
        let (sender, running) = watch::channel(None);
        lookup.running.with(|shared| *shared = Some(running));
        let addresses: Arc<[SocketAddr]> = Arc::new([SocketAddr::from(([192, 0, 2, 1], 80))]);
        let (first, second, _) = tokio::join!(lookup.addresses(), lookup.addresses(), async {
            sender.send_replace(Some(Ok(addresses.clone())))
        });
        assert!(
            Arc::ptr_eq(&first.unwrap(), &addresses) && Arc::ptr_eq(&second.unwrap(), &addresses)
        );
        drop(sender);
        assert!(
            !Arc::ptr_eq(&lookup.addresses().await.unwrap(), &addresses),
            "the next call looks the name up again"
        );
    }

    #[test]
    fn a_callers_thread_gets_the_addresses_and_the_error() {
        assert!(!run_lookup(&NameLookup::new("localhost", 80)).unwrap().is_empty());
        assert!(run_lookup(&NameLookup::new("no such host", 80)).is_err());
    }
}
