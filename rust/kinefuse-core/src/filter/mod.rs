//! Recursive filters as cascades of second-order sections.
//!
//! - [`butterworth`]: their design.
//! - [`Filter::run_into`]: forward in time, with a state that goes on from block to block.
//! - [`Filter::zero_phase_into`]: forward and backward, without delay.
//!
//! Frames are interleaved: `(T, C)` row-major. State and arithmetic are double precision whatever
//! the sample, because a slow filter (gravity, 0.3 Hz) in single precision is off by parts in a
//! thousand.
//!
//! A value that is not finite counts as missing. It would stay in a recursive filter for ever, so a
//! channel is filtered in the runs between missing values, each as a recording of its own; a gap in
//! time (`cuts`: the rows before which time is missing) does the same to all channels.

mod angle;
pub mod butterworth;
mod causal;
mod complex;
mod pairing;
mod runs;
mod sections;
mod zero_phase;

use crate::error::{Result, bail_input, bail_shape};

/// Numbers of a section: `[b0, b1, b2, 1, a1, a2]`.
pub const SECTION: usize = 6;

/// A section without its `a0`, which is 1: `[b0, b1, b2, a1, a2]`.
type Coefficients = [f64; 5];

/// A stable filter, ready to run.
#[derive(Debug, Clone)]
pub struct Filter {
    sections: Vec<Coefficients>,
    /// State of each section after an endless input of 1.
    steady: Vec<[f64; 2]>,
    /// Frames by which a run is extended at each end before it is filtered both ways.
    padding: usize,
}

impl Filter {
    /// Checks sections `[b0, b1, b2, a0, a1, a2]`.
    pub fn new(sos: &[[f64; SECTION]]) -> Result<Self> {
        if sos.is_empty() {
            bail_shape!("sos: expected at least one section, got none");
        }
        for (i, s) in sos.iter().enumerate() {
            if s.iter().any(|v| !v.is_finite()) {
                bail_input!("sos: expected finite numbers, section {i} has {s:?}");
            }
            if s[3] != 1.0 {
                bail_input!(
                    "sos: expected a0 = 1 in every section, section {i} has {}",
                    s[3]
                );
            }
            let (a1, a2) = (s[4], s[5]);
            if !(a2.abs() < 1.0 && a1.abs() < 1.0 + a2) {
                bail_input!(
                    "sos: expected a stable filter, its poles inside the unit circle; those of \
                     section {i} (a1 = {a1}, a2 = {a2}) are not"
                );
            }
        }
        let sections: Vec<Coefficients> =
            sos.iter().map(|s| [s[0], s[1], s[2], s[4], s[5]]).collect();
        let steady = steady(&sections);
        let zero = |at: usize| sos.iter().filter(|s| s[at] == 0.0).count();
        let padding = 3 * (2 * sos.len() + 1 - zero(2).min(zero(5)));
        if steady.iter().flatten().any(|v| !v.is_finite()) {
            bail_input!("sos: expected a filter with a finite gain at 0 Hz");
        }
        Ok(Filter {
            sections,
            steady,
            padding,
        })
    }

    /// Sections.
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// There is always a section.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Frames by which [`Filter::zero_phase_into`] extends a run at each end, where it is as long.
    pub fn padding(&self) -> usize {
        self.padding
    }
}

/// The state in which an input of 1 gives a constant output.
fn steady(sections: &[Coefficients]) -> Vec<[f64; 2]> {
    let mut gain = 1.0;
    sections
        .iter()
        .map(|&[b0, b1, b2, a1, a2]| {
            let (input, dc) = (gain, (b0 + b1 + b2) / (1.0 + a1 + a2));
            gain *= dc;
            [input * (dc - b0), input * (b2 - a2 * dc)]
        })
        .collect()
}

/// Checks the slices of a kernel against their dimensions, and the cuts.
fn check<F>(x: &[F], items: usize, t: usize, c: usize, cuts: &[usize], out: &[F]) -> Result<()> {
    let size = items.checked_mul(t).and_then(|n| n.checked_mul(c));
    if size != Some(x.len()) {
        bail_shape!("x: expected {items} x {t} x {c} values, got {}", x.len());
    }
    if x.len() != out.len() {
        bail_shape!("out: expected {} values, got {}", x.len(), out.len());
    }
    if let Some(i) = (1..cuts.len()).find(|&i| cuts[i] <= cuts[i - 1]) {
        bail_input!(
            "gaps: expected rows that increase, got {} after {}",
            cuts[i],
            cuts[i - 1]
        );
    }
    if let Some(&row) = cuts.last().filter(|&&row| row > t) {
        bail_input!("gaps: expected rows up to {t}, got {row}");
    }
    if items > 1 && !cuts.is_empty() {
        bail_input!("gaps: expected one signal, got {items}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
