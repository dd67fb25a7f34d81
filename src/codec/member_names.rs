//! Member names as Python strings, made once per process and service.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::model::{Member, SERVICES, Service};

/// The interned member names of one service: [`Member::key`] finds a member's.
pub struct MemberNames(Vec<Py<PyString>>);

impl MemberNames {
    /// The keys of the service.
    pub fn of(py: Python<'_>, service: &'static Service) -> &'static MemberNames {
        static KEYS: PyOnceLock<Vec<MemberNames>> = PyOnceLock::new();
        static NONE: MemberNames = MemberNames(Vec::new());
        let all = KEYS.get_or_init(py, || {
            let intern = |key: &&str| PyString::intern(py, key).unbind();
            SERVICES
                .iter()
                .map(|service| MemberNames(service.keys.iter().map(intern).collect()))
                .collect()
        });
        let place = SERVICES.iter().position(|other| std::ptr::eq(*other, service));
        place.and_then(|place| all.get(place)).unwrap_or(&NONE)
    }

    /// The member's name.
    pub fn name<'py>(&self, py: Python<'py>, member: &'static Member) -> Bound<'py, PyString> {
        match self.0.get(member.key) {
            Some(key) => key.bind(py).clone(),
            None => PyString::new(py, member.name),
        }
    }
}
