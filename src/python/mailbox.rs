//! How the runtime wakes an event loop without ever taking the GIL.
//!
//! A task that has a value for a waiting coroutine puts the coroutine's [`Entry`] into its loop's
//! mailbox; the first entry since the last drain writes one byte to a pipe that the loop watches.
//! However many entries there are then, the loop turns once for all of them.
//!
//! A loop's mailbox is made when something first waits in it and goes when it is closed. A forked
//! child inherits the parent's mailboxes, perhaps locked by a thread that it has not: it neither
//! locks nor tears down what is in them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Wake;

use pyo3::exceptions::PyNotImplementedError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::transport::process;

/// The part of a mailbox that the runtime's threads see.
pub struct Post {
    /// False once the loop is gone.
    open: AtomicBool,
    process: u32,
    inside: Mutex<Inside>,
}

struct Inside {
    ready: Vec<Arc<Entry>>,
    /// A byte is in the pipe, or about to be.
    armed: bool,
    /// Gone when the loop is.
    bell: Option<Arc<PipeWriter>>,
}

/// One waiting coroutine.
pub struct Entry {
    post: Arc<Post>,
    queued: AtomicBool,
    /// The asyncio Future that it waits for. Set and taken on Python's threads only, so that the
    /// runtime never drops the last reference.
    future: Mutex<Option<Py<PyAny>>>,
}

/// The loop's side. Its loop holds the only reference, through the registered reader, so it goes
/// when the loop is closed.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Mailbox {
    post: Arc<Post>,
    bell: PipeReader,
}

impl Post {
    fn put(&self, entry: Arc<Entry>) {
        let bell = {
            let mut inside = self.lock();
            let Inside { ready, armed, bell } = &mut *inside;
            let Some(bell) = bell else { return };
            ready.push(entry);
            if std::mem::replace(armed, true) {
                return;
            }
            bell.clone()
        };
        // Fails where the loop has just gone; then nobody waits.
        let _ = (&*bell).write_all(&[1]);
    }

    fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// The entries since the last time.
    fn take(&self) -> Vec<Arc<Entry>> {
        let mut inside = self.lock();
        inside.armed = false;
        std::mem::take(&mut inside.ready)
    }

    fn close(&self) {
        self.open.store(false, Ordering::Release);
        if self.process == process::current() {
            self.lock().bell = None;
            drop(self.take());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub fn new(post: Arc<Post>) -> Arc<Self> {
        Arc::new(Entry { post, queued: AtomicBool::new(false), future: Mutex::default() })
    }

    /// Has the future resolved by the next wake-up.
    pub fn expect(&self, future: Py<PyAny>) {
        let previous = self.future().replace(future);
        drop(previous);
    }

    /// Nobody waits any more.
    pub fn forget(&self) {
        let future = self.future().take();
        drop(future);
    }

    /// Whether a coroutine waits and has not been woken.
    pub fn is_expected(&self) -> bool {
        self.future().is_some()
    }

    pub fn is_of(&self, post: &Arc<Post>) -> bool {
        Arc::ptr_eq(&self.post, post)
    }

    /// For the garbage collector.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Held by nobody: the collector runs where no other Python code does.
        self.future.try_lock().map_or(Ok(()), |future| visit.call(&*future))
    }

    fn future(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn resolve(&self, py: Python<'_>) -> PyResult<()> {
        self.queued.store(false, Ordering::Release);
        let future = self.future().take();
        let Some(future) = future else { return Ok(()) };
        let future = future.bind(py);
        if !future.call_method0(pyo3::intern!(py, "done"))?.is_truthy()? {
            future.call_method1(pyo3::intern!(py, "set_result"), (py.None(),))?;
        }
        Ok(())
    }
}

impl Wake for Entry {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.post.clone().put(self);
        }
    }
}

#[pymethods]
impl Mailbox {
    /// Resolves the futures of all entries: what the loop calls when the pipe has its byte.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        // A loop run inside this one may have been here first, with the same byte.
        if self.post.lock().armed {
            (&self.bell).read_exact(&mut [0])?;
        }
        self.deliver(py)
    }

    /// Blocks until the byte is there and takes it: for a loop that cannot watch a pipe, on a
    /// thread that then has the loop call `deliver`. False once the mailbox was closed.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| (&self.bell).read_exact(&mut [0])).is_ok()
    }

    /// Resolves the futures of all entries.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        // Whatever one of them comes to, the others are told.
        let ready = self.post.take().into_iter();
        ready.map(|entry| entry.resolve(py)).fold(Ok(()), Result::and)
    }

    /// Takes no entries any more.
    fn close(&self) {
        self.post.close();
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.post.close();
    }
}

/// The running loop's post, and the loop.
///
/// Raises RuntimeError where no loop runs, or where it was closed.
pub fn of_running_loop(py: Python<'_>) -> PyResult<(Arc<Post>, Bound<'_, PyAny>)> {
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static POSTS: Mutex<Option<HashMap<usize, Weak<Post>>>> = Mutex::new(None);
    thread_local! {
        static LAST: RefCell<(usize, Weak<Post>)> = const { RefCell::new((0, Weak::new())) };
    }
    let event_loop = RUNNING.import(py, "asyncio", "get_running_loop")?.call0()?;
    // An address is taken again only after its loop is gone, and then its post is closed.
    let address = event_loop.as_ptr() as usize;
    let known = LAST.with_borrow(|(last, post)| {
        if *last == address { post.upgrade().filter(|post| post.is_open()) } else { None }
    });
    if let Some(post) = known {
        return Ok((post, event_loop));
    }
    let found = {
        let mut posts = POSTS.lock().unwrap_or_else(PoisonError::into_inner);
        let posts = posts.get_or_insert_default();
        posts.retain(|_, post| post.upgrade().is_some_and(|post| post.is_open()));
        posts.get(&address).and_then(Weak::upgrade)
    };
    let post = match found {
        Some(post) => post,
        None => {
            let post = open(py, &event_loop)?;
            let mut posts = POSTS.lock().unwrap_or_else(PoisonError::into_inner);
            posts.get_or_insert_default().insert(address, Arc::downgrade(&post));
            post
        }
    };
    LAST.set((address, Arc::downgrade(&post)));
    Ok((post, event_loop))
}

/// Opens a mailbox for the loop, which then owns it.
fn open(py: Python<'_>, event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Post>> {
    let (bell, ringer) = std::io::pipe()?;
    let inside = Inside { ready: Vec::new(), armed: false, bell: Some(Arc::new(ringer)) };
    let post = Arc::new(Post {
        open: AtomicBool::new(true),
        process: process::current(),
        inside: Mutex::new(inside),
    });
    let descriptor = descriptor(&bell);
    let mailbox = Bound::new(py, Mailbox { post: post.clone(), bell })?;
    let watched = match descriptor {
        Some(descriptor) => watch(&mailbox, event_loop, descriptor),
        None => Err(PyNotImplementedError::new_err(())),
    };
    match watched {
        Err(error) if error.is_instance_of::<PyNotImplementedError>(py) => {
            py.import("fastbedrock._proactor")?
                .call_method1("watch_from_thread", (event_loop, mailbox))?;
        }
        watched => watched?,
    }
    Ok(post)
}

fn watch(
    mailbox: &Bound<'_, Mailbox>,
    event_loop: &Bound<'_, PyAny>,
    descriptor: i32,
) -> PyResult<()> {
    let py = mailbox.py();
    let watch = event_loop.getattr("add_reader")?;
    // In a context of its own: the loop would keep that of whoever happened to wait first.
    let context = py.import("contextvars")?.call_method0("Context")?;
    context.call_method1("run", (watch, descriptor, mailbox.getattr("drain")?)).map(drop)
}

#[cfg(unix)]
fn descriptor(bell: &PipeReader) -> Option<i32> {
    Some(std::os::fd::AsRawFd::as_raw_fd(bell))
}

/// Windows's selectors watch sockets only.
#[cfg(not(unix))]
fn descriptor(_bell: &PipeReader) -> Option<i32> {
    None
}
