//! Member names as Python strings, made once per process and service.

use std::cell::Cell;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::model::{Member, Service};

/// The interned member names of one service. [`Member::name_index`] is their index.
pub struct MemberNames(Vec<Py<PyString>>);

type Entry = (&'static Service, &'static MemberNames);
type NamesByService = Vec<Entry>;

/// There is no lock, so that a process can be forked at any moment.
static NAMES: ArcSwapOption<NamesByService> = ArcSwapOption::const_empty();

thread_local! {
    /// The last result on this thread. The lookup would otherwise cost 1 % of a streamed event.
    static LAST: Cell<Option<Entry>> = const { Cell::new(None) };
}

impl MemberNames {
    /// The names of the service's members.
    pub fn of(py: Python<'_>, service: &'static Service) -> &'static MemberNames {
        if let Some((last, names)) = LAST.get()
            && std::ptr::eq(last, service)
        {
            return names;
        }
        let names = find(service).unwrap_or_else(|| MemberNames::intern(py, service));
        LAST.set(Some((service, names)));
        names
    }

    fn intern(py: Python<'_>, service: &'static Service) -> &'static MemberNames {
        let intern = |name: &&str| PyString::intern(py, name).unbind();
        let names = MemberNames(service.member_names.iter().map(intern).collect());
        let names: &'static MemberNames = Box::leak(Box::new(names));
        NAMES.rcu(|services| {
            let others = services.iter().flat_map(|services| services.iter()).copied();
            Some(Arc::new(others.chain([(service, names)]).collect::<NamesByService>()))
        });
        names
    }

    /// The member's name.
    pub fn name<'py>(&self, py: Python<'py>, member: &'static Member) -> Bound<'py, PyString> {
        match self.0.get(member.name_index) {
            Some(name) => name.bind(py).clone(),
            None => PyString::new(py, member.name),
        }
    }
}

fn find(service: &'static Service) -> Option<&'static MemberNames> {
    let services = NAMES.load();
    let mut services = services.as_ref()?.iter();
    services.find(|(other, _)| std::ptr::eq(*other, service)).map(|(_, names)| *names)
}
