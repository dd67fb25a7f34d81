//! How the runtime wakes an event loop without ever taking the GIL.
//!
//! A task that has a value for a waiting coroutine puts the coroutine's [`Entry`] into its loop's
//! mailbox; the first entry since the last drain writes one byte to a pipe that the loop watches.
//! However many entries there are then, the loop turns once for all of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Wake;

use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The part of a mailbox that the runtime's threads see.
pub struct Post(Mutex<Inside>);

struct Inside {
    ready: Vec<Arc<Entry>>,
    /// A byte is in the pipe.
    armed: bool,
    /// Gone when the loop is.
    bell: Option<PipeWriter>,
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
        let mut inside = self.lock();
        let Inside { ready, armed, bell } = &mut *inside;
        let Some(bell) = bell else { return };
        ready.push(entry);
        if !*armed {
            *armed = bell.write_all(&[1]).is_ok();
        }
    }

    fn is_open(&self) -> bool {
        self.lock().bell.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub fn new(post: Arc<Post>) -> Arc<Self> {
        Arc::new(Entry { post, queued: AtomicBool::new(false), future: Mutex::default() })
    }

    /// Waits for `future`, or for nothing any more.
    pub fn expect(&self, future: Option<Py<PyAny>>) {
        let previous = std::mem::replace(&mut *self.future(), future);
        drop(previous);
    }

    fn future(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn resolve(&self, py: Python<'_>) -> PyResult<()> {
        self.queued.store(false, Ordering::Release);
        let Some(future) = self.future().take() else { return Ok(()) };
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
        // Exactly one byte is there while armed, so this never blocks.
        (&self.bell).read_exact(&mut [0])?;
        self.deliver(py)
    }

    /// Blocks until the byte is there and takes it: for a loop that cannot watch a pipe, on a
    /// thread that then has the loop call `deliver`. False once the mailbox was closed.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| (&self.bell).read_exact(&mut [0])).is_ok()
    }

    /// Resolves the futures of all entries.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        let ready = {
            let mut inside = self.post.lock();
            inside.armed = false;
            std::mem::take(&mut inside.ready)
        };
        for entry in ready {
            entry.resolve(py)?;
        }
        Ok(())
    }

    /// Takes no entries any more.
    fn close(&self) {
        let mut inside = self.post.lock();
        inside.bell = None;
        let ready = std::mem::take(&mut inside.ready);
        drop(inside);
        drop(ready);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.close();
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
    let inside = Inside { ready: Vec::new(), armed: false, bell: Some(ringer) };
    let post = Arc::new(Post(Mutex::new(inside)));
    let descriptor = descriptor(&bell);
    let mailbox = Bound::new(py, Mailbox { post: post.clone(), bell })?;
    let watched = match descriptor {
        Some(descriptor) => {
            let drain = mailbox.getattr("drain")?;
            event_loop.call_method1("add_reader", (descriptor, drain)).map(drop)
        }
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

#[cfg(unix)]
fn descriptor(bell: &PipeReader) -> Option<i32> {
    Some(std::os::fd::AsRawFd::as_raw_fd(bell))
}

/// Windows's selectors watch sockets only.
#[cfg(not(unix))]
fn descriptor(_bell: &PipeReader) -> Option<i32> {
    None
}
