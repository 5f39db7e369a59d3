//! Threads: a rayon pool of our own, keyed by process id.
//!
//! A forked child inherits rayon's global pool without its threads and hangs on it. Here the child
//! finds another process id and builds a new pool; the parent's is leaked on purpose, because
//! dropping it in the child would wait for threads that do not exist there.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

struct Current {
    pid: u32,
    threads: usize,
    pool: &'static ThreadPool,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);
/// 0 until somebody sets it: then the environment or the machine decides.
static REQUESTED: AtomicUsize = AtomicUsize::new(0);

/// Threads that kernels use: what [`set_num_threads`] said, else `KINEFUSE_NUM_THREADS`, else the
/// cores this process may use (affinity and cgroup quota respected).
pub fn num_threads() -> usize {
    match REQUESTED.load(Ordering::Relaxed) {
        0 => std::env::var("KINEFUSE_NUM_THREADS")
            .ok()
            .and_then(|v| v.parse().ok())
            .filter(|&n| n > 0)
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
        n => n,
    }
}

/// Sets the number of threads for this process and the children it forks.
pub fn set_num_threads(n: usize) -> Result<()> {
    if n == 0 || n > 1024 {
        return Err(Error::Input(format!(
            "n_threads: expected 1 to 1024, got {n}"
        )));
    }
    REQUESTED.store(n, Ordering::Relaxed);
    Ok(())
}

/// Runs `f` with rayon's parallel iterators on our pool. Every kernel goes through here.
pub fn install<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    current().install(f)
}

pub(crate) fn current() -> &'static ThreadPool {
    let (pid, threads) = (std::process::id(), num_threads());
    let mut slot = CURRENT
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(c) = slot
        .as_ref()
        .filter(|c| c.pid == pid && c.threads == threads)
    {
        return c.pool;
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("kinefuse-{i}"))
        .build()
        .expect("the operating system refused to start threads");
    let pool: &'static ThreadPool = Box::leak(Box::new(pool));
    *slot = Some(Current { pid, threads, pool });
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_threads_are_refused() {
        assert!(set_num_threads(0).is_err());
    }

    #[test]
    fn install_runs_on_our_threads() {
        let name = install(|| std::thread::current().name().map(str::to_owned));
        assert!(name.unwrap().starts_with("kinefuse-"));
    }
}
