//! Which windows, in which order, on which rank.

use crate::error::{Result, bail_input};
use crate::rng::{Key, Rng};

/// Stream of the draws that shuffle: no step of a plan uses it, and its key has no window.
const SHUFFLE: u64 = u64::MAX;

/// How an epoch is cut into batches.
///
/// All ranks share one global order. Rank `r` of `n` takes places `r, r + n, r + 2n, …` of it, so
/// that the ranks' batches number `k` together are the same windows that a single process with
/// batches `n` times as large would take. Every rank gets the same number of windows: the first of
/// the order are repeated to fill up, or the last left out where `drop_last` is set.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Windows in a batch, on each rank.
    pub batch_size: usize,
    /// A new random order each epoch.
    pub shuffle: bool,
    /// Leave out a last batch that is not full.
    pub drop_last: bool,
    /// This process.
    pub rank: usize,
    /// Number of processes.
    pub world_size: usize,
}

impl Order {
    /// Refuses settings that make no sense.
    pub fn check(&self) -> Result<()> {
        if self.batch_size == 0 {
            bail_input!("batch_size: expected 1 or more, got 0");
        }
        if self.rank >= self.world_size {
            bail_input!(
                "rank: expected below world_size ({}), got {}",
                self.world_size,
                self.rank
            );
        }
        Ok(())
    }

    /// Windows that this rank takes of `n`.
    pub fn share(&self, n: usize) -> usize {
        if self.drop_last {
            n / self.world_size
        } else {
            n.div_ceil(self.world_size)
        }
    }

    /// Batches of an epoch over `n` windows.
    pub fn batches(&self, n: usize) -> usize {
        let share = self.share(n);
        if self.drop_last {
            share / self.batch_size
        } else {
            share.div_ceil(self.batch_size)
        }
    }

    /// This rank's windows of `n`, in order.
    pub fn windows(&self, n: usize, seed: u64, epoch: u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        if self.shuffle {
            Rng::new(Key::new(seed).with(epoch), SHUFFLE).shuffle(&mut order);
        }
        self.part(&order)
    }

    /// This rank's part of a global order.
    pub fn part(&self, order: &[u32]) -> Vec<u32> {
        (0..self.share(order.len()))
            .map(|i| order[(self.rank + i * self.world_size) % order.len()])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(batch_size: usize, drop_last: bool, rank: usize, world_size: usize) -> Order {
        Order {
            batch_size,
            shuffle: true,
            drop_last,
            rank,
            world_size,
        }
    }

    proptest! {
        #[test]
        fn ranks_together_are_the_global_order(
            n in 1usize..200, world in 1usize..9, drop_last: bool, seed: u64, epoch in 0u64..5,
        ) {
            let global = order(1, false, 0, 1).windows(n, seed, epoch);
            let ranks: Vec<_> =
                (0..world).map(|r| order(4, drop_last, r, world).windows(n, seed, epoch)).collect();
            let share = ranks[0].len();
            prop_assert!(ranks.iter().all(|r| r.len() == share));
            for i in 0..share * world {
                prop_assert_eq!(ranks[i % world][i / world], global[i % n]);
            }
            let all = share * world;
            prop_assert!((drop_last && all <= n) || (!drop_last && all >= n));
        }

        #[test]
        fn every_window_once(n in 0usize..500, seed: u64) {
            let mut all = order(3, false, 0, 1).windows(n, seed, 1);
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..n as u32));
        }
    }

    #[test]
    fn epochs_and_seeds_differ() {
        let o = order(8, false, 0, 1);
        assert_ne!(o.windows(100, 0, 0), o.windows(100, 0, 1));
        assert_ne!(o.windows(100, 0, 0), o.windows(100, 1, 0));
        assert_eq!(o.windows(100, 7, 3), o.windows(100, 7, 3));
    }

    #[test]
    fn the_last_batch_is_kept_or_dropped() {
        assert_eq!(order(64, false, 0, 1).batches(129), 3);
        assert_eq!(order(64, true, 0, 1).batches(129), 2);
        assert_eq!(order(64, false, 1, 2).batches(129), 2);
        assert_eq!(order(64, false, 0, 1).batches(0), 0);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(order(0, false, 0, 1).check().is_err());
        assert!(order(1, false, 2, 2).check().is_err());
        assert!(order(1, false, 0, 0).check().is_err());
    }
}
