//! Prepared windows, kept in memory as long as there is room.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Prepared windows of every modality, by the window's place in the source. First come, first
/// kept: an epoch takes every window once, so nothing is gained by replacing one with another.
#[derive(Debug)]
pub(super) struct Cache {
    slots: Vec<Vec<OnceLock<Box<[f32]>>>>,
    left: AtomicUsize,
}

impl Cache {
    pub(super) fn new(modalities: usize, windows: usize, bytes: usize) -> Cache {
        // Without room, not even the slots are made: there may be millions.
        let windows = if bytes == 0 { 0 } else { windows };
        let slots = || (0..windows).map(|_| OnceLock::new()).collect();
        Cache {
            slots: (0..modalities).map(|_| slots()).collect(),
            left: AtomicUsize::new(bytes),
        }
    }

    pub(super) fn get(&self, modality: usize, window: usize) -> Option<&[f32]> {
        self.slots[modality]
            .get(window)?
            .get()
            .map(|values| &**values)
    }

    /// Keeps a copy if there is room.
    pub(super) fn keep(&self, modality: usize, window: usize, values: &[f32]) {
        let Some(slot) = self.slots[modality].get(window) else {
            return;
        };
        let bytes = size_of_val(values);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            });
        if taken.is_ok() && slot.set(values.into()).is_err() {
            // The same window twice in a batch, prepared by two threads at once.
            self.left.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_fits() {
        let cache = Cache::new(1, 3, 20);
        for window in 0..3 {
            cache.keep(0, window, &[window as f32; 2]);
        }
        assert_eq!(cache.get(0, 0), Some(&[0.0; 2][..]));
        assert_eq!(cache.get(0, 1), Some(&[1.0; 2][..]));
        assert_eq!(cache.get(0, 2), None);
        cache.keep(0, 0, &[7.0]);
        assert_eq!(cache.get(0, 0), Some(&[0.0; 2][..]));
        cache.keep(0, 2, &[2.0]);
        assert_eq!(cache.get(0, 2), Some(&[2.0][..]));
    }
}
