//! The memory of batches, used again once nobody holds it.

use std::sync::{Arc, Mutex, Weak};

/// Buffers that came back. Kept by a stream; what it does not take back is freed.
#[derive(Debug)]
pub(super) struct Shelf {
    pid: u32,
    most: usize,
    free: Mutex<Vec<Vec<f32>>>,
}

impl Shelf {
    /// A shelf for at most `most` buffers.
    pub(super) fn new(most: usize) -> Arc<Shelf> {
        Arc::new(Shelf {
            pid: std::process::id(),
            most,
            free: Mutex::default(),
        })
    }

    /// A buffer of `len` values with anything in it.
    pub(super) fn take(self: &Arc<Shelf>, len: usize) -> Buffer {
        let mut free = self.free.lock().unwrap_or_else(|e| e.into_inner());
        let found = free.iter().position(|values| values.len() == len);
        let values = found.map(|i| free.swap_remove(i));
        Buffer {
            values: values.unwrap_or_else(|| vec![0.0; len]),
            shelf: Arc::downgrade(self),
        }
    }
}

/// Values of one modality of a batch.
#[derive(Debug)]
pub struct Buffer {
    values: Vec<f32>,
    shelf: Weak<Shelf>,
}

impl Buffer {
    /// A buffer that nobody takes back.
    pub(super) fn new(len: usize) -> Buffer {
        Buffer {
            values: vec![0.0; len],
            shelf: Weak::new(),
        }
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let Some(shelf) = self.shelf.upgrade() else {
            return;
        };
        // In a forked child the parent's lock may be held by a thread that does not exist there.
        if shelf.pid != std::process::id() {
            return;
        }
        let mut free = shelf.free.lock().unwrap_or_else(|e| e.into_inner());
        if free.len() < shelf.most {
            free.push(std::mem::take(&mut self.values));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let shelf = Shelf::new(1);
        let mut buffer = shelf.take(4);
        buffer.values_mut()[0] = 5.0;
        let at = buffer.values().as_ptr();
        drop(buffer);
        assert_eq!(shelf.take(4).values().as_ptr(), at);
        assert_eq!(shelf.take(3).values().len(), 3);
    }

    #[test]
    fn a_buffer_outlives_its_shelf() {
        let shelf = Shelf::new(1);
        let buffer = shelf.take(4);
        drop(shelf);
        assert_eq!(buffer.values(), [0.0; 4]);
    }

    #[test]
    fn no_more_than_asked_for_are_kept() {
        let shelf = Shelf::new(2);
        let buffers: Vec<_> = (0..5).map(|_| shelf.take(1)).collect();
        drop(buffers);
        assert_eq!(shelf.free.lock().unwrap().len(), 2);
    }
}
