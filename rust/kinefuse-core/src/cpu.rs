//! The instructions that kernels may use.
//!
//! A wheel is built for the CPU that everybody has; kernels marked `#[dispatch(…)]` are compiled
//! for more and choose at run time. Results do not depend on it: a level only lets the compiler do
//! more of the same operations at once.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Error, Result};

/// A level of instructions, each of which has those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What every CPU of the architecture has: on x86-64, SSE2.
    Baseline,
    /// AVX2.
    Avx2,
    /// AVX-512 F, VL, BW and DQ.
    Avx512,
}

/// All levels, lowest first.
pub const LEVELS: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

static HIGHEST: AtomicU8 = AtomicU8::new(Level::Avx512 as u8);

impl Level {
    /// What users write.
    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

/// The highest level that kernels may use: what [`set_level`] said, else any. A kernel also needs
/// to have been compiled for it, and the CPU to have it.
#[inline]
pub fn level() -> Level {
    LEVELS[usize::from(HIGHEST.load(Ordering::Relaxed)).min(2)]
}

/// The highest level that this CPU has.
pub fn detect_level() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq") {
            return Level::Avx512;
        }
        if has!("avx2") {
            return Level::Avx2;
        }
    }
    Level::Baseline
}

/// Keeps kernels to a level and those below it, in the whole process.
pub fn set_level(name: &str) -> Result<()> {
    let level = LEVELS.into_iter().find(|l| l.name() == name);
    let level = level.ok_or_else(|| {
        Error::Input(format!(
            "level: expected \"baseline\", \"avx2\" or \"avx512\", got {name:?}"
        ))
    })?;
    HIGHEST.store(level as u8, Ordering::Relaxed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_set_by_its_name() {
        for level in LEVELS {
            set_level(level.name()).unwrap();
            assert_eq!(super::level(), level);
        }
        assert!(set_level("avx3").is_err());
        assert_eq!(super::level(), Level::Avx512);
    }
}
