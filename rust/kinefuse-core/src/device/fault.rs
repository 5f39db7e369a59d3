//! Blocks that could not be used, and where they are.

/// Runs of blocks that are located; those beyond are only counted.
pub const KEPT_FAULTS: usize = 1000;

/// Blocks in a row that were skipped for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first, from 0, the file's header not counted.
    pub block: u64,
    /// How many.
    pub blocks: u64,
    /// Why: a few words.
    pub reason: &'static str,
}

/// What was skipped so far, blocks in their order.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) runs: Vec<Fault>,
    pub(super) blocks: u64,
}

impl Faults {
    pub(super) fn add(&mut self, block: u64, reason: &'static str) {
        self.blocks += 1;
        if let Some(last) = self.runs.last_mut()
            && last.reason == reason
            && last.block + last.blocks == block
        {
            last.blocks += 1;
        } else if self.runs.len() < KEPT_FAULTS {
            self.runs.push(Fault {
                block,
                blocks: 1,
                reason,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, KEPT_FAULTS};

    #[test]
    fn runs_are_joined_and_bounded() {
        let mut faults = Faults::default();
        for block in [3, 4, 5, 9] {
            faults.add(block, "checksum");
        }
        faults.add(10, "time");
        let found: Vec<_> = faults.runs.iter().map(|f| (f.block, f.blocks)).collect();
        assert_eq!(found, [(3, 3), (9, 1), (10, 1)]);
        for block in 0..3000 {
            faults.add(20 + 2 * block, "checksum");
        }
        assert_eq!((faults.runs.len(), faults.blocks), (KEPT_FAULTS, 3005));
    }
}
