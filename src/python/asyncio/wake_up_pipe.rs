//! A pipe that an event loop watches: one byte in it says that the wake-up queue is not empty.

use std::io::{ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;

/// The writing end.
pub struct WakeUpPipe {
    /// Whether a byte is in the pipe or is about to be written.
    has_byte: bool,
    /// `None` once the loop is gone.
    writer: Option<Arc<PipeWriter>>,
}

impl WakeUpPipe {
    pub fn new(writer: Option<PipeWriter>) -> Self {
        WakeUpPipe { has_byte: false, writer: writer.map(Arc::new) }
    }

    /// The pipe to which the caller writes the byte, by [`write_byte`] and without a lock; `None`
    /// if there is a byte already.
    pub fn claim_byte(&mut self) -> Option<Arc<PipeWriter>> {
        if std::mem::replace(&mut self.has_byte, true) { None } else { self.writer.clone() }
    }

    /// Whether there was a byte, which the caller now reads by [`read_byte`].
    pub fn release_byte(&mut self) -> bool {
        std::mem::take(&mut self.has_byte)
    }

    pub fn is_closed(&self) -> bool {
        self.writer.is_none()
    }

    pub fn close(&mut self) {
        self.writer = None;
    }
}

/// Writes the byte that [`WakeUpPipe::claim_byte`] asked for.
pub fn write_byte(writer: Option<Arc<PipeWriter>>) {
    if let Some(writer) = writer {
        // Fails if the loop has just gone. Then no coroutine waits.
        let _ = (&*writer).write_all(&[1]);
    }
}

/// Reads the byte that is in the pipe or is about to be written.
pub fn read_byte(mut pipe: impl Read) -> std::io::Result<()> {
    loop {
        match pipe.read_exact(&mut [0]) {
            // uvloop makes a pipe that it watches non-blocking.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            outcome => return outcome,
        }
    }
}

/// The descriptor to watch.
#[cfg(unix)]
pub fn descriptor(pipe: &PipeReader) -> Option<i32> {
    use std::os::fd::AsRawFd;

    Some(pipe.as_raw_fd())
}

/// On Windows, selectors watch sockets only.
#[cfg(not(unix))]
pub fn descriptor(_pipe: &PipeReader) -> Option<i32> {
    None
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_byte_that_is_about_to_be_written_is_waited_for() {
        let (reader, mut writer) = UnixStream::pair().unwrap();
        reader.set_nonblocking(true).unwrap();
        let read = thread::spawn(move || read_byte(&reader));
        thread::sleep(Duration::from_millis(20));
        assert!(!read.is_finished());
        writer.write_all(&[1]).unwrap();
        read.join().unwrap().unwrap();
    }

    #[test]
    fn a_pipe_whose_other_end_is_gone_is_not_waited_for() {
        let (reader, _) = std::io::pipe().unwrap();
        assert_eq!(read_byte(&reader).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
