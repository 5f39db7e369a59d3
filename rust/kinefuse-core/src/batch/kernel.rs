//! One batch: every window prepared once, every view made where it will lie.

use std::cell::RefCell;

use rayon::prelude::*;

use super::cache::Cache;
use super::prepare::Scratch;
use super::source::{Modality, Source};
use crate::augment::View;
use crate::error::Result;
use crate::rng::Key;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Fills `out`, one slice a modality, `(V, B, …)`, with views of `windows`.
///
/// `keep` says whether newly prepared windows may go into the cache.
pub(super) fn fill(
    source: &Source,
    cache: &Cache,
    keep: bool,
    epoch: u64,
    windows: &[u32],
    out: &mut [&mut [f32]],
) -> Result<()> {
    let n_views = source.n_views();
    // Each window's places in the batch, all modalities' views side by side.
    let mut places: Vec<_> = Vec::with_capacity(windows.len() * out.len() * n_views);
    let mut columns = Vec::with_capacity(out.len() * n_views);
    for (values, modality) in out.iter_mut().zip(source.modalities()) {
        let size = modality.shape().len();
        columns.extend(
            values
                .chunks_exact_mut(size * windows.len())
                .map(|view| view.chunks_exact_mut(size)),
        );
    }
    for _ in windows {
        places.extend(columns.iter_mut().filter_map(Iterator::next));
    }
    let epoch_key = Key::new(source.seed()).with(epoch);
    places
        .par_chunks_mut(source.modalities().len() * n_views)
        .zip(windows)
        .try_for_each(|(places, &window)| {
            let window = window as usize;
            let key = epoch_key.with(source.id(window));
            SCRATCH.with_borrow_mut(|scratch| {
                for (m, views) in places.chunks_exact_mut(n_views).enumerate() {
                    let modality = &source.modalities()[m];
                    prepare(modality, m, window, cache, keep, scratch, views)
                        .map_err(|e| source.at(window, modality, e))?;
                    if modality.has(window) {
                        augment(modality, key, scratch, views);
                    }
                }
                Ok(())
            })
        })
}

/// Writes the prepared window into every view; NaN where there is none.
fn prepare(
    modality: &Modality,
    m: usize,
    window: usize,
    cache: &Cache,
    keep: bool,
    scratch: &mut Scratch,
    views: &mut [&mut [f32]],
) -> Result<()> {
    let (first, others) = views.split_first_mut().expect("a view at least");
    if !modality.has(window) {
        first.fill(f32::NAN);
    } else if let Some(values) = cache.get(m, window) {
        first.copy_from_slice(values);
    } else {
        modality.read_into(window, &mut scratch.rows);
        modality.prepare().run(scratch, modality.shape(), first)?;
        if keep {
            cache.keep(m, window, first);
        }
    }
    others
        .iter_mut()
        .for_each(|view| view.copy_from_slice(first));
    Ok(())
}

fn augment(modality: &Modality, key: Key, scratch: &mut Scratch, views: &mut [&mut [f32]]) {
    for (v, data) in views.iter_mut().enumerate() {
        let mut view = View {
            data,
            shape: modality.shape(),
            scratch: &mut scratch.augment,
        };
        modality
            .plan()
            .apply(&mut view, key.with(v as u64), modality.number());
    }
}
