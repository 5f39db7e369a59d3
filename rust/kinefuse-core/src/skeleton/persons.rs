//! Which persons of a recording are meant: scores by which they are put in order.

use rayon::prelude::*;

use super::place::Real;
use crate::error::{Result, bail_input, bail_shape};

/// Bodies seen in no more frames are noise (NTU RGB+D).
const NTU_FRAMES: usize = 11;
/// A frame in which a body is wider than this share of its height is noise.
const NTU_WIDTH: f64 = 0.8;
/// A body with at least this share of such frames is noise.
const NTU_SHARE: f64 = 0.69754;

/// What makes a person important.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Variance of the joints' places over time, summed over coordinates, mean over joints.
    Motion,
    /// Diagonal of the box around the known joints, mean over the frames with any.
    Largest,
    /// Confidence, mean over all frames and joints; what is missing has none.
    Confident,
    /// Number of frames with a known joint.
    Longest,
    /// The denoising of NTU RGB+D: variance of all joints of all frames together, without noise.
    Ntu,
}

impl Rule {
    /// The rule of that name: `motion`, `largest`, `confident`, `longest` or `ntu`.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "motion" => Rule::Motion,
            "largest" => Rule::Largest,
            "confident" => Rule::Confident,
            "longest" => Rule::Longest,
            "ntu" => Rule::Ntu,
            _ => {
                bail_input!("rule: expected motion, largest, confident, longest or ntu, got {name}")
            }
        })
    }
}

/// What is known of one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// By the rule; more is more important. NaN for a person of whom nothing is known.
    pub value: f64,
    /// Frames with a known joint.
    pub frames: usize,
    /// Noise by [`Rule::Ntu`]: too short.
    pub short: bool,
    /// Noise by [`Rule::Ntu`]: too wide for its height.
    pub wide: bool,
}

/// Scores each person of `(P, T, J, D)`; `confidence` is `(P, T, J)` or empty. Joints with a
/// coordinate that is not finite count as unknown.
pub fn score_persons<F: Real>(
    x: &[F],
    confidence: &[F],
    t: usize,
    joints: usize,
    dims: usize,
    rule: Rule,
) -> Result<Vec<Score>> {
    let len = t.saturating_mul(joints).saturating_mul(dims);
    if len == 0 || !(2..=3).contains(&dims) || !x.len().is_multiple_of(len) {
        bail_shape!(
            "skeleton: expected persons of {t} frames, {joints} joints and {dims} coordinates, got \
             {} values",
            x.len()
        );
    }
    let with_confidence = rule == Rule::Confident;
    if with_confidence && confidence.len() != x.len() / dims {
        bail_shape!(
            "confidence: expected {} values, one for each joint, got {}",
            x.len() / dims,
            confidence.len()
        );
    }
    Ok(x.par_chunks(len)
        .enumerate()
        .map(|(i, x)| {
            let person = Person { x, joints, dims };
            let frames = person.frames().filter(|f| person.is_known(f)).count();
            let mut score = Score {
                value: f64::NAN,
                frames,
                short: false,
                wide: false,
            };
            if frames == 0 {
                return score;
            }
            match rule {
                Rule::Motion => score.value = person.motion(),
                Rule::Largest => score.value = person.size(),
                Rule::Confident => {
                    let own = &confidence[i * t * joints..(i + 1) * t * joints];
                    score.value = person.confidence(own);
                }
                Rule::Longest => score.value = frames as f64,
                Rule::Ntu => {
                    let narrow = person.frames().filter(|f| person.is_narrow(f)).count();
                    let wide = (frames - narrow) as f64 / frames as f64;
                    score.short = frames <= NTU_FRAMES;
                    score.wide = wide >= NTU_SHARE;
                    score.value = person.variance(|_| true);
                    if narrow < frames && !score.wide {
                        score.value = score.value.min(person.variance(|f| person.is_narrow(f)));
                    }
                }
            }
            score
        })
        .collect())
}

struct Person<'a, F> {
    x: &'a [F],
    joints: usize,
    dims: usize,
}

impl<F: Real> Person<'_, F> {
    fn frames(&self) -> impl Iterator<Item = &[F]> {
        self.x.chunks_exact(self.joints * self.dims)
    }

    /// The joints of a frame that are known.
    fn known<'f>(&self, frame: &'f [F]) -> impl Iterator<Item = &'f [F]> {
        frame
            .chunks_exact(self.dims)
            .filter(|joint| joint.iter().all(|v| v.is_finite()))
    }

    fn is_known(&self, frame: &[F]) -> bool {
        self.known(frame).next().is_some()
    }

    /// From the least to the greatest of each coordinate.
    fn extent(&self, frame: &[F]) -> Option<[f64; 3]> {
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for joint in self.known(frame) {
            for (d, v) in joint.iter().enumerate() {
                low[d] = low[d].min(v.to_f64());
                high[d] = high[d].max(v.to_f64());
            }
        }
        self.is_known(frame)
            .then(|| std::array::from_fn(|d| if d < self.dims { high[d] - low[d] } else { 0.0 }))
    }

    fn is_narrow(&self, frame: &[F]) -> bool {
        self.extent(frame).is_some_and(|e| e[0] <= NTU_WIDTH * e[1])
    }

    fn motion(&self) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for j in 0..self.joints {
            let places = self
                .frames()
                .map(|f| &f[j * self.dims..(j + 1) * self.dims])
                .filter(|joint| joint.iter().all(|v| v.is_finite()));
            if let Some(variance) = variance(places) {
                sum += variance;
                n += 1.0;
            }
        }
        sum / n
    }

    /// Of the joints of those frames together.
    fn variance(&self, of: impl Fn(&[F]) -> bool) -> f64 {
        let places = self
            .frames()
            .filter(|f| of(f))
            .flat_map(|frame| self.known(frame));
        variance(places).unwrap_or(0.0)
    }

    fn size(&self) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for [a, b, c] in self.frames().filter_map(|f| self.extent(f)) {
            sum += (a * a + b * b + c * c).sqrt();
            n += 1.0;
        }
        sum / n
    }

    fn confidence(&self, confidence: &[F]) -> f64 {
        let known = self
            .x
            .chunks_exact(self.dims)
            .zip(confidence)
            .filter(|(joint, c)| c.is_finite() && joint.iter().all(|v| v.is_finite()));
        known.map(|(_, c)| c.to_f64()).sum::<f64>() / confidence.len() as f64
    }
}

/// The sum over coordinates of the variance of some places.
fn variance<'a, F: Real + 'a>(places: impl Iterator<Item = &'a [F]>) -> Option<f64> {
    let (mut mean, mut square, mut n) = ([0.0; 3], 0.0, 0.0);
    for place in places {
        n += 1.0;
        // Welford's: places far from the origin keep their digits.
        for (mean, v) in mean.iter_mut().zip(place) {
            let off = v.to_f64() - *mean;
            *mean += off / n;
            square += off * (v.to_f64() - *mean);
        }
    }
    (n > 0.0).then_some(square / n)
}
