//! Random factors, and blocks of channels times them.

use kinefuse_dispatch::dispatch;

use super::check_sigma;
use crate::augment::View;
use crate::error::{Error, Result};
use crate::rng::Rng;

/// How a factor is drawn.
#[derive(Debug, Clone, Copy)]
pub(in crate::augment) enum Factor {
    /// `N(1, sigma²)`.
    Normal { sigma: f32 },
    /// Uniform.
    Uniform { low: f32, high: f32 },
}

impl Factor {
    /// From the parameters of a step: a `sigma`, or a `low` and a `high`.
    pub(in crate::augment) fn new(
        sigma: Option<f32>,
        low: Option<f32>,
        high: Option<f32>,
    ) -> Result<Factor> {
        let refuse = |message: String| Err(Error::Config(message));
        match (sigma, low, high) {
            (Some(sigma), None, None) => {
                check_sigma(sigma)?;
                Ok(Factor::Normal { sigma })
            }
            (None, Some(low), Some(high)) => {
                if !(low > 0.0 && low <= high && high.is_finite()) {
                    return refuse(format!(
                        "low, high: expected 0 < low <= high, got {low} and {high}"
                    ));
                }
                Ok(Factor::Uniform { low, high })
            }
            _ => refuse("expected either sigma, or low and high".into()),
        }
    }

    /// Draws as many factors as there are places.
    pub(in crate::augment) fn draw(self, rng: &mut Rng, factors: &mut [f32]) {
        match self {
            Factor::Normal { sigma } => {
                rng.fill_normal(factors);
                for f in factors {
                    *f = 1.0 + sigma * *f;
                }
            }
            Factor::Uniform { low, high } => {
                for f in factors {
                    *f = rng.uniform_in(low, high);
                }
            }
        }
    }
}

/// Factors are drawn this many at a time.
const BLOCK: usize = 32;

/// Multiplies each run of `channels` channels by a factor of its own.
pub(in crate::augment) fn scale_blocks(
    view: &mut View<'_>,
    channels: usize,
    factor: Factor,
    rng: &mut Rng,
) {
    let run = channels * view.shape.plane();
    let mut factors = [0f32; BLOCK];
    for runs in view.data.chunks_mut(BLOCK * run) {
        let factors = &mut factors[..runs.len() / run];
        factor.draw(rng, factors);
        for (run, f) in runs.chunks_exact_mut(run).zip(factors) {
            multiply(run, *f);
        }
    }
}

#[dispatch(avx2)]
fn multiply(x: &mut [f32], factor: f32) {
    for x in x {
        *x *= factor;
    }
}
