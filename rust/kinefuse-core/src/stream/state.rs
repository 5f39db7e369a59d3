//! What a stream remembers, as plain numbers.

use crate::error::{Result, bail_input};
use crate::resample::Sample;

/// Numbers that bring a stream of the same settings to the same point.
#[derive(Debug, Clone, PartialEq)]
pub struct State<F> {
    /// Counts and places.
    pub integers: Vec<i64>,
    /// Times in seconds.
    pub reals: Vec<f64>,
    /// Samples that are still needed.
    pub samples: Vec<F>,
}

impl<F: Sample> State<F> {
    pub(super) fn integer(&mut self, v: usize) {
        self.integers.push(v as i64);
    }

    /// Samples with their number before them.
    pub(super) fn samples(&mut self, v: &[F]) {
        self.integer(v.len());
        self.samples.extend_from_slice(v);
    }

    pub(super) fn reader(&self) -> Reader<'_, F> {
        Reader {
            integers: &self.integers,
            reals: &self.reals,
            samples: &self.samples,
        }
    }
}

/// Beyond this a number is none of a stream's.
const MAX: i64 = 1 << 53;

/// Takes a [`State`] apart in the order in which it was put together.
pub(super) struct Reader<'a, F> {
    integers: &'a [i64],
    reals: &'a [f64],
    samples: &'a [F],
}

impl<F: Sample> Reader<'_, F> {
    /// A place, which may lie before the first.
    pub(super) fn place(&mut self) -> Result<i64> {
        match self.integers {
            [first, rest @ ..] if (-MAX..=MAX).contains(first) => {
                self.integers = rest;
                Ok(*first)
            }
            _ => bail_input!("state: expected whole numbers up to 2^53, one more than there are"),
        }
    }

    pub(super) fn count(&mut self) -> Result<usize> {
        match self.place()? {
            v if v >= 0 => Ok(v as usize),
            v => bail_input!("state: expected a count of 0 or more, got {v}"),
        }
    }

    pub(super) fn real(&mut self) -> Result<f64> {
        match self.reals {
            [first, rest @ ..] if first.is_finite() => {
                self.reals = rest;
                Ok(*first)
            }
            _ => bail_input!("state: expected finite times, one more than there are"),
        }
    }

    pub(super) fn samples(&mut self) -> Result<Vec<F>> {
        let n = self.count()?;
        let Some((own, rest)) = self.samples.split_at_checked(n) else {
            bail_input!(
                "state: expected {n} samples more, got {}",
                self.samples.len()
            );
        };
        self.samples = rest;
        Ok(own.to_vec())
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<()> {
        let left = self.integers.len() + self.reals.len() + self.samples.len();
        if left > 0 {
            bail_input!(
                "state: expected that of a stream of these settings, {left} numbers are left"
            );
        }
        Ok(())
    }
}
