//! Windows of recordings and what is to be done with them.

use std::sync::{Arc, Mutex};

use super::buffer::Shelf;
use super::cache::Cache;
use super::prepare::{Prepare, Resize};
use crate::augment::{Plan, Shape};
use crate::error::{Error, Result, bail_input, bail_shape};
use crate::store::Shard;

/// Where a window lies in a modality's shards; 0 rows where it has no such data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// Number of the shard.
    pub shard: usize,
    /// First row.
    pub start: usize,
    /// Number of rows.
    pub rows: usize,
}

/// One kind of data of the windows.
#[derive(Debug)]
pub struct Modality {
    name: String,
    number: u64,
    shards: Vec<Shard>,
    windows: Vec<Rows>,
    prepare: Prepare,
    plan: Plan,
    shape: Shape,
}

impl Modality {
    /// Puts a modality together and refuses what does not fit.
    pub fn new(
        name: &str,
        shards: Vec<Shard>,
        windows: Vec<Rows>,
        prepare: Prepare,
        plan: Plan,
    ) -> Result<Modality> {
        let Some(first) = shards.first() else {
            bail_input!("{name}: there is no data of this modality");
        };
        if let Some(other) = shards.iter().find(|s| s.shape()[1..] != first.shape()[1..]) {
            bail_shape!(
                "{name}: shards differ: rows of {:?} and of {:?}",
                &first.shape()[1..],
                &other.shape()[1..]
            );
        }
        let shape = match *first.shape() {
            [_, channels] => Shape {
                channels,
                time: prepare.length,
                points: 1,
            },
            [_, points, channels] => Shape {
                channels,
                time: prepare.length,
                points,
            },
            _ => unreachable!("a shard has two or three dimensions"),
        };
        prepare.check(name, shape, first.shape().len() == 3)?;
        plan.check_shape(shape)?;
        for (i, w) in windows.iter().enumerate().filter(|(_, w)| w.rows > 0) {
            let Some(shard) = shards.get(w.shard) else {
                bail_input!("index row {i}: {name}: there is no shard {}", w.shard);
            };
            if w.start
                .checked_add(w.rows)
                .is_none_or(|end| end > shard.rows())
            {
                bail_input!(
                    "index row {i}: {name}: {} rows from row {} are not in shard {}, which has {}",
                    w.rows,
                    w.start,
                    w.shard,
                    shard.rows()
                );
            }
            if prepare.resize == Resize::None && w.rows != prepare.length {
                bail_input!(
                    "index row {i}: {name}: expected {} rows, got {}; with resize='linear' or \
                     'fourier' windows may differ",
                    prepare.length,
                    w.rows
                );
            }
        }
        Ok(Modality {
            name: name.to_owned(),
            number: number_of(name),
            shards,
            windows,
            prepare,
            plan,
            shape,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Dimensions of a prepared window.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Whether its rows are frames of joints.
    pub fn is_skeleton(&self) -> bool {
        self.shards[0].shape().len() == 3
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn prepare(&self) -> &Prepare {
        &self.prepare
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether a window has such data.
    pub(super) fn has(&self, window: usize) -> bool {
        self.windows[window].rows > 0
    }

    /// Reads a window's rows.
    pub(super) fn read_into(&self, window: usize, out: &mut Vec<f32>) {
        let w = self.windows[window];
        self.shards[w.shard].read_into(w.start, w.rows, out);
    }
}

/// The number that a modality's draws depend on: of its name (FNV-1a), so that a view does not
/// change when another modality joins.
fn number_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Batches whose memory is kept for the next ones.
const SPARE_BATCHES: usize = 8;

/// What the streams of one process share. Keyed by process: a forked child must not wait for locks
/// that only the parent's threads would release.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pid: u32,
    pub(super) cache: Arc<Cache>,
    pub(super) shelf: Arc<Shelf>,
}

/// All windows, with everything that a batch is made from.
#[derive(Debug)]
pub struct Source {
    modalities: Vec<Modality>,
    ids: Vec<u64>,
    labels: Vec<i64>,
    seed: u64,
    n_views: usize,
    cache_bytes: usize,
    /// Locked only where a stream starts.
    memory: Mutex<Option<Memory>>,
}

impl Source {
    /// Puts a source together; `ids` and `labels` have one entry a window, as each modality does.
    pub fn new(
        modalities: Vec<Modality>,
        ids: Vec<u64>,
        labels: Vec<i64>,
        seed: u64,
        n_views: usize,
        cache_bytes: usize,
    ) -> Result<Source> {
        if modalities.is_empty() {
            bail_input!("prepare: expected one modality or more");
        }
        if n_views == 0 {
            bail_input!("n_views: expected 1 or more, got 0");
        }
        if u32::try_from(ids.len()).is_err() {
            bail_input!("index: {} windows are more than 2^32", ids.len());
        }
        let lengths = modalities.iter().map(|m| m.windows.len());
        if lengths.chain([labels.len()]).any(|n| n != ids.len()) {
            bail_input!("index: the columns differ in length");
        }
        Ok(Source {
            modalities,
            ids,
            labels,
            seed,
            n_views,
            cache_bytes,
            memory: Mutex::new(None),
        })
    }

    /// The modalities, in order.
    pub fn modalities(&self) -> &[Modality] {
        &self.modalities
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no window.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Views of each window.
    pub fn n_views(&self) -> usize {
        self.n_views
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn id(&self, window: usize) -> u64 {
        self.ids[window]
    }

    pub(super) fn label(&self, window: usize) -> i64 {
        self.labels[window]
    }

    /// What this process's streams share.
    pub(super) fn memory(&self) -> Memory {
        let pid = std::process::id();
        let mut slot = self.memory.lock().unwrap_or_else(|e| e.into_inner());
        if slot.as_ref().is_none_or(|memory| memory.pid != pid) {
            // What a forked child inherits is leaked: its locks may be held for ever.
            std::mem::forget(slot.take());
        }
        slot.get_or_insert_with(|| Memory {
            pid,
            cache: Arc::new(Cache::new(
                self.modalities.len(),
                self.len(),
                self.cache_bytes,
            )),
            shelf: Shelf::new(SPARE_BATCHES * self.modalities.len()),
        })
        .clone()
    }

    /// An error of one window, with the window named.
    pub(super) fn at(&self, window: usize, modality: &Modality, error: Error) -> Error {
        Error::Input(format!(
            "window {}: {}: {error}",
            self.ids[window],
            modality.name()
        ))
    }
}
