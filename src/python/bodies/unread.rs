//! The bytes of a body that have arrived and were not read yet.

use bytes::{Bytes, BytesMut};

use crate::error::Error;

#[derive(Default)]
pub struct Unread {
    pub bytes: BytesMut,
    /// How many bytes have been read.
    pub position: u64,
}

impl Unread {
    /// Adds the next chunk, for a read of `amount` bytes. False at the end of the body.
    ///
    /// As in botocore, a body that ends before its announced length fails only a read of
    /// everything, for which `amount` is `usize::MAX`. Other reads return what there is.
    pub fn add(
        &mut self,
        chunk: Option<Result<Bytes, Error>>,
        amount: usize,
    ) -> Result<bool, Error> {
        match chunk {
            Some(Ok(chunk)) if self.bytes.is_empty() => {
                self.bytes =
                    chunk.try_into_mut().unwrap_or_else(|chunk| BytesMut::from(&chunk[..]));
                Ok(true)
            }
            Some(Ok(chunk)) => {
                self.bytes.extend_from_slice(&chunk);
                Ok(true)
            }
            Some(Err(error)) if !error.is_short_of_its_length() || amount == usize::MAX => {
                Err(error)
            }
            Some(Err(_)) | None => Ok(false),
        }
    }

    /// Takes `amount` bytes, or all if there are fewer.
    pub fn take(&mut self, amount: usize) -> BytesMut {
        let taken = self.bytes.split_to(amount.min(self.bytes.len()));
        self.position += taken.len() as u64;
        taken
    }
}

/// The number of bytes that an argument `amt` asks for: all if it is None or negative.
pub fn amount(amt: Option<isize>) -> usize {
    amt.and_then(|amt| usize::try_from(amt).ok()).unwrap_or(usize::MAX)
}
