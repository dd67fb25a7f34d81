//! How the runtime wakes an event loop without ever taking the GIL.
//!
//! A task that has a value for a waiting coroutine puts the coroutine's [`Entry`] into its loop's
//! mailbox; the first entry since the last drain writes one byte to a pipe that the loop watches.
//! However many entries there are then, the loop turns once for all of them.
//!
//! The reader of that pipe, `fastbedrock._mailbox.drain`, goes on with the tasks itself. One of them
//! may patch the loop and run it inside itself, as notebooks do, and then the loop cannot call that
//! reader again: meanwhile a second pipe, with a reader of its own, tells of entries.
//!
//! A loop's mailbox is made when something first waits in it and goes when it is closed. A forked
//! child inherits the parent's mailboxes, perhaps locked by a thread that it has not: it neither
//! locks nor tears down what is in them.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Wake;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::future::{Step, Waiter};
use super::time_slice;
use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;
use crate::runtime::fork;

/// The part of a mailbox that the runtime's threads see.
pub struct Post {
    /// False once the loop is gone.
    open: AtomicBool,
    process: u32,
    inside: Mutex<Inside>,
}

struct Inside {
    ready: VecDeque<Arc<Entry>>,
    /// Tasks go on, called by the reader of the outer bell.
    draining: bool,
    outer: Bell,
    inner: Bell,
}

/// The writing end of a pipe.
struct Bell {
    /// A byte is in the pipe, or about to be.
    rung: bool,
    /// Gone when the loop is.
    ringer: Option<Arc<PipeWriter>>,
}

/// One waiting coroutine.
pub struct Entry {
    post: Arc<Post>,
    queued: AtomicBool,
    /// Between the first wait and its end, woken or not.
    occupied: AtomicBool,
    /// What its task waits for. Set and taken on Python's threads only, so that the runtime never
    /// drops the last reference.
    waiter: Mutex<Option<Py<Waiter>>>,
}

/// The loop's side. Only its loop refers to it, through the registered readers, so it goes when the
/// loop is closed.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Mailbox {
    post: Arc<Post>,
    outer: PipeReader,
    inner: PipeReader,
}

impl Bell {
    fn new(ringer: Option<PipeWriter>) -> Self {
        Bell { rung: false, ringer: ringer.map(Arc::new) }
    }
}

impl Inside {
    /// What is to be rung, if anything: by [`ring`], without the lock.
    fn bell(&mut self) -> Option<Arc<PipeWriter>> {
        let bell = if self.draining { &mut self.inner } else { &mut self.outer };
        if std::mem::replace(&mut bell.rung, true) { None } else { bell.ringer.clone() }
    }
}

fn ring(bell: Option<Arc<PipeWriter>>) {
    if let Some(bell) = bell {
        // Fails where the loop has just gone; then nobody waits.
        let _ = (&*bell).write_all(&[1]);
    }
}

/// Takes the byte that is in the pipe or about to be.
fn take_byte(mut pipe: impl Read) -> std::io::Result<()> {
    loop {
        match pipe.read_exact(&mut [0]) {
            // uvloop makes a pipe that it watches non-blocking.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            outcome => return outcome,
        }
    }
}

impl Post {
    fn new(outer: PipeWriter, inner: Option<PipeWriter>) -> Arc<Self> {
        let (outer, inner) = (Bell::new(Some(outer)), Bell::new(inner));
        Arc::new(Post {
            open: AtomicBool::new(true),
            process: fork::current(),
            inside: Mutex::new(Inside { ready: VecDeque::new(), draining: false, outer, inner }),
        })
    }

    fn put(&self, entry: Arc<Entry>) {
        let bell = {
            let mut inside = self.lock();
            if inside.outer.ringer.is_none() {
                return;
            }
            inside.ready.push_back(entry);
            inside.bell()
        };
        ring(bell);
    }

    fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    fn close(&self) {
        self.open.store(false, Ordering::Release);
        if self.process == fork::current() {
            let ready = {
                let mut inside = self.lock();
                (inside.outer.ringer, inside.inner.ringer) = (None, None);
                std::mem::take(&mut inside.ready)
            };
            drop(ready);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub fn new(post: Arc<Post>) -> Arc<Self> {
        let (queued, occupied) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Entry { post, queued, occupied, waiter: Mutex::default() })
    }

    /// Has the waiter's task go on by the next wake-up.
    pub fn expect(&self, waiter: Py<Waiter>) {
        self.occupied.store(true, Ordering::Relaxed);
        let previous = self.waiter().replace(waiter);
        drop(previous);
    }

    /// Nobody waits any more.
    pub fn forget(&self) {
        self.occupied.store(false, Ordering::Relaxed);
        let waiter = self.waiter().take();
        drop(waiter);
    }

    /// Whether a coroutine waits, or was woken and has not gone on.
    pub fn is_occupied(&self) -> bool {
        self.occupied.load(Ordering::Relaxed)
    }

    /// Whether a coroutine waits and has not been woken.
    pub fn is_expected(&self) -> bool {
        self.waiter().is_some()
    }

    pub fn is_of(&self, post: &Arc<Post>) -> bool {
        Arc::ptr_eq(&self.post, post)
    }

    /// For the garbage collector.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Held by nobody: the collector runs where no other Python code does.
        self.waiter.try_lock().map_or(Ok(()), |waiter| visit.call(&*waiter))
    }

    fn waiter(&self) -> MutexGuard<'_, Option<Py<Waiter>>> {
        self.waiter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The waiter, if there is one still. From now on the entry can be queued again.
    fn take_waiter<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Waiter>> {
        self.queued.store(false, Ordering::Release);
        let waiter = self.waiter().take();
        waiter.map(|waiter| waiter.into_bound(py))
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
    /// Begins a round, when the outer bell was rung, and returns how many entries it is for: not
    /// those that come meanwhile, because the loop has more to do than this.
    fn begin(&self) -> PyResult<usize> {
        self.post.lock().draining = true;
        self.silence()?;
        let (waiting, bell) = {
            let mut inside = self.post.lock();
            // The first task may run the loop until the others are done.
            let waiting = inside.ready.len();
            (waiting, if waiting > 1 { inside.bell() } else { None })
        };
        ring(bell);
        Ok(waiting)
    }

    /// What has the next entry's task go on; nothing where it has gone on already. `tasks` is how
    /// many go on in this round.
    fn next<'py>(&self, py: Python<'py>, tasks: usize) -> Vec<Step<'py>> {
        time_slice::begin(tasks);
        let next = self.post.lock().ready.pop_front();
        let waiter = next.and_then(|entry| entry.take_waiter(py));
        waiter.map(Waiter::resume).unwrap_or_default()
    }

    /// Ends a round. Entries that came meanwhile are for the next one.
    fn end(&self) -> PyResult<()> {
        self.post.lock().draining = false;
        self.silence()?;
        let bell = {
            let mut inside = self.post.lock();
            if inside.ready.is_empty() { None } else { inside.bell() }
        };
        ring(bell);
        Ok(())
    }

    /// Has the tasks of all entries go on in the loop's next round: what the loop calls when the
    /// inner bell was rung.
    fn drain_soon(&self, py: Python<'_>) -> PyResult<()> {
        self.silence()?;
        self.go_on_soon(py)
    }

    /// Blocks until the outer bell is rung and takes the byte: for a loop that cannot watch a pipe,
    /// on a thread that then has the loop call `deliver`. False once the mailbox was closed.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| (&self.outer).read_exact(&mut [0])).is_ok()
    }

    /// Has the tasks of all entries go on in the loop's next round, once `wait` has the byte.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        self.post.lock().outer.rung = false;
        self.go_on_soon(py)
    }

    /// Takes no entries any more.
    fn close(&self) {
        self.post.close();
    }
}

impl Mailbox {
    /// Takes the bytes, where there are any. To be done before looking for entries.
    fn silence(&self) -> PyResult<()> {
        let rung = {
            let mut inside = self.post.lock();
            let Inside { outer, inner, .. } = &mut *inside;
            [(outer, &self.outer), (inner, &self.inner)]
                .map(|(bell, pipe)| std::mem::take(&mut bell.rung).then_some(pipe))
        };
        rung.into_iter().flatten().try_for_each(|pipe| Ok(take_byte(pipe)?))
    }

    fn go_on_soon(&self, py: Python<'_>) -> PyResult<()> {
        let ready = std::mem::take(&mut self.post.lock().ready);
        time_slice::begin(ready.len());
        // Whatever one of them comes to, the others are told.
        let waiters = ready.into_iter().filter_map(|entry| entry.take_waiter(py));
        waiters.map(|waiter| Waiter::go_on_soon(&waiter)).fold(Ok(()), Result::and)
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
    static RUNNING: Imported = Imported::new("asyncio", "get_running_loop");
    static POSTS: Mutex<Option<HashMap<usize, Weak<Post>>>> = Mutex::new(None);
    thread_local! {
        static LAST: RefCell<(usize, Weak<Post>)> = const { RefCell::new((0, Weak::new())) };
    }
    let event_loop = python_calls::call_function(py, &RUNNING, ())?;
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
    let ((outer, outer_ringer), (inner, inner_ringer)) = (std::io::pipe()?, std::io::pipe()?);
    let post = Post::new(outer_ringer, Some(inner_ringer));
    static WATCH: Imported = Imported::new("fastbedrock._mailbox", "watch");
    let pipes = (descriptor(&outer), descriptor(&inner));
    let mailbox = Bound::new(py, Mailbox { post: post.clone(), outer, inner })?;
    python_calls::call_function(py, &WATCH, (event_loop, mailbox, pipes.0, pipes.1))?;
    Ok(post)
}

/// The wake-ups of one consumer that has no event loop and watches a pipe by itself.
pub struct Line {
    post: Arc<Post>,
    entry: Arc<Entry>,
    pipe: PipeReader,
}

impl Line {
    pub fn new() -> std::io::Result<Self> {
        let (pipe, ringer) = std::io::pipe()?;
        let post = Post::new(ringer, None);
        Ok(Line { entry: Entry::new(post.clone()), post, pipe })
    }

    /// Who is to be woken.
    pub fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }

    /// What becomes readable by a wake-up; `None` on systems where pipes cannot be watched.
    pub fn descriptor(&self) -> Option<i32> {
        descriptor(&self.pipe)
    }

    /// Whether there was a wake-up since the last time. To be asked before looking for a value.
    pub fn take_wake_up(&self) -> std::io::Result<bool> {
        let rung = {
            let mut inside = self.post.lock();
            inside.ready.clear();
            std::mem::take(&mut inside.outer.rung)
        };
        self.entry.queued.store(false, Ordering::Release);
        if rung {
            take_byte(&self.pipe)?;
        }
        Ok(rung)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.post.close();
    }
}

#[cfg(unix)]
fn descriptor(pipe: &PipeReader) -> Option<i32> {
    use std::os::fd::AsRawFd;

    Some(pipe.as_raw_fd())
}

/// Windows's selectors watch sockets only.
#[cfg(not(unix))]
fn descriptor(_pipe: &PipeReader) -> Option<i32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_byte_that_is_about_to_be_written_is_waited_for() {
        let (reader, mut writer) = UnixStream::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        let taken = thread::spawn(move || take_byte(&reader));
        thread::sleep(Duration::from_millis(20));
        assert!(!taken.is_finished());
        writer.write_all(&[1]).unwrap();
        taken.join().unwrap().unwrap();
    }

    #[test]
    fn a_pipe_whose_other_end_is_gone_is_not_waited_for() {
        let (reader, _) = std::io::pipe().unwrap();
        assert_eq!(take_byte(&reader).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
