//! What was found in a file.

/// Counts of a file, or of as much of it as was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sound blocks of samples.
    pub blocks: u64,
    /// Samples in them.
    pub rows: u64,
    /// Blocks that were skipped because they are not sound.
    pub corrupt_blocks: u64,
    /// Blocks that are not in the file, as the sequence numbers say.
    pub missing_blocks: u64,
    /// Blocks that hold no samples: metadata, erased memory.
    pub other_blocks: u64,
    /// Places where the clock jumps though no block is missing.
    pub clock_jumps: u64,
    /// Bytes of a block that the file ends within.
    pub truncated_bytes: u64,
}

impl Counts {
    /// Each with its name.
    pub fn named(&self) -> [(&'static str, u64); 7] {
        [
            ("blocks", self.blocks),
            ("rows", self.rows),
            ("corrupt_blocks", self.corrupt_blocks),
            ("missing_blocks", self.missing_blocks),
            ("other_blocks", self.other_blocks),
            ("clock_jumps", self.clock_jumps),
            ("truncated_bytes", self.truncated_bytes),
        ]
    }
}
