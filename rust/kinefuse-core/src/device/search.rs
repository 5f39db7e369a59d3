//! Numbering blocks that only their bytes tell from what lies between them.

use super::fault::Faults;

/// Where a decoder is among such blocks, and what it passed over.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// Number of the next block.
    pub(super) block: u64,
    /// Whether the last bytes were no block.
    pub(super) lost: bool,
    pub(super) faults: Faults,
}

impl Search {
    /// Counts the first of bytes that are no block, as one block.
    pub(super) fn skip(&mut self, reason: &'static str) {
        if !self.lost {
            self.faults.add(self.block, reason);
            self.block += 1;
            self.lost = true;
        }
    }

    /// Gives the number of a block that was found.
    pub(super) fn take(&mut self) -> u64 {
        self.lost = false;
        self.block += 1;
        self.block - 1
    }

    /// What a message adds about the first fault, if there is one.
    pub(super) fn why(&self, block: &str) -> String {
        match self.faults.runs.first() {
            Some(fault) => format!("; {block} {}: {}", fault.block, fault.reason),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Search;

    #[test]
    fn bytes_in_a_row_that_are_no_block_count_as_one() {
        let mut search = Search::default();
        assert_eq!(search.take(), 0);
        assert_eq!(search.why("packet"), "");
        for _ in 0..5 {
            search.skip("noise");
        }
        assert_eq!(search.take(), 2);
        search.skip("cut off");
        let found: Vec<_> = search
            .faults
            .runs
            .iter()
            .map(|f| (f.block, f.reason))
            .collect();
        assert_eq!(found, [(1, "noise"), (3, "cut off")]);
        assert_eq!(
            (search.block, search.why("packet")),
            (4, "; packet 1: noise".into())
        );
    }
}
