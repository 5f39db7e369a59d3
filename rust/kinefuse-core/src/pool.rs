//! Threads: rayon pools of our own, keyed by process id and size.
//!
//! A forked child inherits rayon's global pool without its threads and hangs on it. Here the child
//! finds another process id and builds a new pool; the parent's is leaked on purpose, because
//! dropping it in the child would wait for threads that do not exist there.
//!
//! Work that is too little for several threads runs on the caller's, which makes a pool by itself:
//! waking another thread takes longer than a batch of short windows.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// The most threads that can be asked for.
const MAX_THREADS: usize = 1024;
/// Values read and written that are worth more than one thread.
const SHARED_VALUES: usize = 1 << 16;
/// Threads that may become a pool of their own: rayon keeps some kilobytes for each, for ever.
const MAX_OWN_POOLS: usize = 512;

/// A pool, and the next one of the list. A list and not a lock: a fork must never find it taken.
struct Entry {
    pid: u32,
    threads: usize,
    pool: ThreadPool,
    next: Pools,
}
struct Pools(OnceLock<Box<Entry>>);

static POOLS: Pools = Pools(OnceLock::new());
/// 0 until somebody sets it: then the environment or the machine decides.
static REQUESTED: AtomicUsize = AtomicUsize::new(0);
/// The process id and, beside it, the threads that it uses unless told.
static DEFAULT: AtomicU64 = AtomicU64::new(0);
static OWN_POOLS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The pool that consists of this thread.
    static OWN: Cell<Option<&'static ThreadPool>> = const { Cell::new(None) };
}

/// Threads that kernels use: what [`set_num_threads`] said, else `KINEFUSE_NUM_THREADS`, else what
/// [`set_default_threads`] said, else the cores this process might use when it first asked
/// (affinity and cgroup quota respected).
pub fn num_threads() -> usize {
    match REQUESTED.load(Ordering::Relaxed) {
        0 => std::env::var("KINEFUSE_NUM_THREADS")
            .ok()
            .and_then(|v| v.parse().ok())
            .filter(|n| (1..=MAX_THREADS).contains(n))
            .unwrap_or_else(default_threads),
        n => n,
    }
}

/// Sets the number of threads for this process and the children it forks.
pub fn set_num_threads(n: usize) -> Result<()> {
    check(n)?;
    REQUESTED.store(n, Ordering::Relaxed);
    Ok(())
}

/// Sets the number of threads that this process, but none that it forks, uses unless told.
pub fn set_default_threads(n: usize) -> Result<()> {
    check(n)?;
    DEFAULT.store(packed(std::process::id(), n), Ordering::Relaxed);
    Ok(())
}

fn check(n: usize) -> Result<()> {
    if n == 0 || n > MAX_THREADS {
        return Err(Error::Input(format!(
            "n_threads: expected 1 to {MAX_THREADS}, got {n}"
        )));
    }
    Ok(())
}

fn packed(pid: u32, threads: usize) -> u64 {
    u64::from(pid) << 32 | threads as u64
}

/// Asked of the system once a process: it reads several files.
fn default_threads() -> usize {
    let (pid, known) = (std::process::id(), DEFAULT.load(Ordering::Relaxed));
    if known >> 32 == u64::from(pid) {
        return (known & u64::from(u32::MAX)) as usize;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(MAX_THREADS);
    DEFAULT.store(packed(pid, threads), Ordering::Relaxed);
    threads
}

/// Runs `f` with rayon's parallel iterators on our threads: on the caller's where there is one.
/// Every kernel goes through here.
pub fn install<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    install_on(num_threads(), f)
}

/// The same for work whose size is known: `values` read and written at a nanosecond or less each.
pub fn install_for<R: Send>(values: usize, f: impl FnOnce() -> R + Send) -> R {
    let threads = if values < SHARED_VALUES {
        1
    } else {
        num_threads()
    };
    install_on(threads, f)
}

fn install_on<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    let own = if threads == 1 { own() } else { None };
    own.unwrap_or_else(|| shared(threads)).install(f)
}

/// The pool that consists of this thread; none on a thread of another pool.
fn own() -> Option<&'static ThreadPool> {
    if let Some(pool) = OWN.get() {
        return Some(pool);
    }
    if rayon::current_thread_index().is_some()
        || OWN_POOLS.fetch_add(1, Ordering::Relaxed) >= MAX_OWN_POOLS
    {
        return None;
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build()
        .ok()?;
    let pool: &'static ThreadPool = Box::leak(Box::new(pool));
    OWN.set(Some(pool));
    Some(pool)
}

/// The pool of several threads that [`install`] uses.
pub(crate) fn current() -> &'static ThreadPool {
    shared(num_threads())
}

fn shared(threads: usize) -> &'static ThreadPool {
    let pid = std::process::id();
    let mut list = &POOLS;
    let mut made = None;
    loop {
        let entry = match list.0.get() {
            Some(entry) => entry,
            None => {
                let new = made.take().unwrap_or_else(|| build(pid, threads));
                // Another thread may have been faster: then its entry is looked at like any other.
                made = list.0.set(new).err();
                continue;
            }
        };
        if entry.pid == pid && entry.threads == threads {
            return &entry.pool;
        }
        list = &entry.next;
    }
}

fn build(pid: u32, threads: usize) -> Box<Entry> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("kinefuse-{i}"))
        .build()
        .expect("the operating system refused to start threads");
    Box::new(Entry {
        pid,
        threads,
        pool,
        next: Pools(OnceLock::new()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    fn names(threads: usize) -> Vec<Option<String>> {
        install_on(threads, || {
            (0..64)
                .into_par_iter()
                .map(|_| std::thread::current().name().map(str::to_owned))
                .collect()
        })
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for n in [0, MAX_THREADS + 1, usize::MAX] {
            assert!(set_num_threads(n).is_err());
            assert!(set_default_threads(n).is_err());
        }
    }

    #[test]
    fn several_threads_are_ours() {
        let ours = |name: &Option<String>| name.as_ref().unwrap().starts_with("kinefuse-");
        assert!(names(3).iter().all(ours));
    }

    #[test]
    fn one_thread_is_the_callers() {
        let here = std::thread::current().name().map(str::to_owned);
        assert!(names(1).iter().all(|name| *name == here));
        // A thread that became a pool still reaches the others, and comes back.
        assert!(names(2).iter().all(|name| *name != here));
        assert!(names(1).iter().all(|name| *name == here));
    }

    #[test]
    fn pools_are_kept() {
        let before: Vec<*const ThreadPool> = (2..5).map(|n| &raw const *shared(n)).collect();
        for _ in 0..3 {
            let again: Vec<*const ThreadPool> = (2..5).map(|n| &raw const *shared(n)).collect();
            assert_eq!(before, again);
        }
    }

    #[test]
    fn threads_that_start_together_find_one_pool() {
        let found: Vec<usize> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| &raw const *shared(7) as usize))
                .collect();
            started.into_iter().map(|s| s.join().unwrap()).collect()
        });
        assert!(found.iter().all(|&pool| pool == found[0]));
    }

    #[test]
    fn calls_within_calls() {
        let sums: Vec<usize> = install_on(2, || {
            (0..16usize)
                .into_par_iter()
                .map(|i| install_on(1, || (0..i).into_par_iter().sum()))
                .collect()
        });
        assert_eq!(sums[15], 105);
        let nested: usize = install_on(1, || install_on(2, || (0..100usize).into_par_iter().sum()));
        assert_eq!(nested, 4950);
    }

    #[test]
    fn more_threads_than_own_pools_still_work() {
        for _ in 0..MAX_OWN_POOLS + 3 {
            let sum: usize = std::thread::spawn(|| install_on(1, || 40 + 2))
                .join()
                .unwrap();
            assert_eq!(sum, 42);
        }
    }
}
