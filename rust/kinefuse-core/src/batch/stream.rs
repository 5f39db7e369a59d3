//! An epoch's batches, prepared ahead on a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::buffer::Buffer;
use super::kernel::fill;
use super::order::Order;
use super::source::{Memory, Source};
use crate::error::{Result, bail_input};
use crate::pool;

/// One batch: a buffer a modality, `(V, B, C, T)` or `(V, B, D, T, J)`, and what belongs to it.
#[derive(Debug)]
pub struct Batch {
    /// Ids of the windows.
    pub ids: Vec<i64>,
    /// Their labels, -1 where there is none.
    pub labels: Vec<i64>,
    /// By modality, whether each window has such data.
    pub present: Vec<Vec<bool>>,
    /// By modality, the views.
    pub values: Vec<Buffer>,
}

/// What [`Stream::next`] found.
#[derive(Debug)]
pub enum Next {
    /// The next batch.
    Batch(Batch),
    /// None ready yet: ask again.
    Waiting,
    /// The epoch is over.
    End,
}

/// What it takes to make any batch of the epoch.
#[derive(Debug)]
struct Maker {
    source: Arc<Source>,
    memory: Memory,
    windows: Vec<u32>,
    batch_size: usize,
    n_batches: usize,
    epoch: u64,
}

impl Maker {
    fn batch(
        &self,
        k: usize,
        keep: bool,
        mut buffer: impl FnMut(usize) -> Buffer,
    ) -> Result<Batch> {
        let first = k * self.batch_size;
        let last = (first + self.batch_size).min(self.windows.len());
        let windows = &self.windows[first..last];
        let source = &*self.source;
        let each = |f: &dyn Fn(usize) -> i64| windows.iter().map(|&w| f(w as usize)).collect();
        let modalities = source.modalities();
        let mut values: Vec<Buffer> = modalities
            .iter()
            .map(|m| buffer(source.n_views() * windows.len() * m.shape().len()))
            .collect();
        let mut out: Vec<_> = values.iter_mut().map(Buffer::values_mut).collect();
        fill(
            source,
            &self.memory.cache,
            keep,
            self.epoch,
            windows,
            &mut out,
        )?;
        Ok(Batch {
            ids: each(&|w| source.id(w) as i64),
            labels: each(&|w| source.label(w)),
            present: modalities
                .iter()
                .map(|m| windows.iter().map(|&w| m.has(w as usize)).collect())
                .collect(),
            values,
        })
    }
}

#[derive(Debug)]
struct Worker {
    batches: Receiver<Result<Batch>>,
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

/// Iterates over the batches of one epoch.
///
/// In a process forked while it was under way it goes on from the same batch, without its thread.
#[derive(Debug)]
pub struct Stream {
    maker: Arc<Maker>,
    next: usize,
    pid: u32,
    worker: Option<Worker>,
}

impl Stream {
    /// Starts an epoch. `prefetch` batches lie ready, half as many more are in the making; with 0,
    /// each is made when asked for. `rows` are the windows to go through, of all ranks, in place of
    /// each once.
    pub fn start(
        source: Arc<Source>,
        order: Order,
        rows: Option<&[u32]>,
        epoch: u64,
        prefetch: usize,
    ) -> Result<Stream> {
        order.check()?;
        let n = source.len();
        if let Some(row) = rows.into_iter().flatten().find(|&&row| row as usize >= n) {
            bail_input!("rows: expected rows below {n}, the number of windows, got {row}");
        }
        let windows = rows.map_or_else(
            || order.windows(n, source.seed(), epoch),
            |rows| order.part(rows),
        );
        let maker = Arc::new(Maker {
            memory: source.memory(),
            windows,
            batch_size: order.batch_size,
            n_batches: order.batches(rows.map_or(n, <[u32]>::len)),
            epoch,
            source,
        });
        let worker = (prefetch > 0 && maker.n_batches > 0)
            .then(|| Worker::start(Arc::clone(&maker), prefetch))
            .transpose()?;
        Ok(Stream {
            maker,
            next: 0,
            pid: std::process::id(),
            worker,
        })
    }

    /// Batches still to come.
    pub fn left(&self) -> usize {
        self.maker.n_batches - self.next
    }

    /// The next batch; gives up waiting after `wait`. After an error the epoch is over.
    pub fn next(&mut self, wait: Duration) -> Result<Next> {
        if self.left() == 0 {
            return Ok(Next::End);
        }
        if self.pid != std::process::id() {
            self.forget_worker();
        }
        let made = match &self.worker {
            // A child does not write to the parent's cache: a slot may be half locked for ever.
            None => {
                let keep = self.pid == std::process::id();
                pool::install(|| self.maker.batch(self.next, keep, Buffer::new))
            }
            Some(worker) => match worker.batches.recv_timeout(wait) {
                Ok(made) => made,
                Err(RecvTimeoutError::Timeout) => return Ok(Next::Waiting),
                Err(RecvTimeoutError::Disconnected) => {
                    self.next = self.maker.n_batches;
                    bail_input!(
                        "the thread that prepares batches ended by an internal error; \
                         prefetch=0 shows where"
                    );
                }
            },
        };
        match made {
            Ok(batch) => {
                self.next += 1;
                Ok(Next::Batch(batch))
            }
            Err(error) => {
                self.next = self.maker.n_batches;
                Err(error)
            }
        }
    }

    /// In a forked child the thread is not there, and the channel's locks may be held for ever.
    fn forget_worker(&mut self) {
        std::mem::forget(self.worker.take());
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            self.forget_worker();
        } else if let Some(worker) = self.worker.take() {
            worker.stop.store(true, Ordering::Relaxed);
            // The thread's next send fails.
            drop(worker.batches);
            let _ = worker.thread.join();
        }
    }
}

impl Worker {
    fn start(maker: Arc<Maker>, prefetch: usize) -> Result<Worker> {
        // Looked up here and not on the thread: a fork must never find its lock taken.
        let pool: &'static ThreadPool = pool::current();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (sender, batches) = sync_channel(prefetch);
        let n_batches = maker.n_batches;
        let make = move |k| maker.batch(k, true, |len| maker.memory.shelf.take(len));
        let work = move || {
            let mut k = 0;
            while k < n_batches {
                // Several at a time, so that the pool is woken less often; the first one alone,
                // because somebody waits for it.
                let group = if k == 0 { 1 } else { (prefetch / 2).max(1) };
                let last = (k + group).min(n_batches);
                let made: Vec<_> = pool.install(|| (k..last).into_par_iter().map(&make).collect());
                k = last;
                for batch in made {
                    let failed = batch.is_err();
                    if stopped.load(Ordering::Relaxed) || sender.send(batch).is_err() || failed {
                        return;
                    }
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("kinefuse-batches".into())
            .spawn(work);
        match thread {
            Ok(thread) => Ok(Worker {
                batches,
                thread,
                stop,
            }),
            Err(e) => bail_input!("the operating system refused to start a thread: {e}"),
        }
    }
}
