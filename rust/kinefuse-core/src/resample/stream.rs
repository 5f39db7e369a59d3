//! [`super::polyphase`] a piece at a time: the same sums over the same frames, whatever the pieces.

use super::Sample;
use super::filter::half_length;
use super::polyphase::{Phases, gcd, phases};
use crate::error::{Result, bail_input};

/// Beyond this a frame's number times a factor would not fit.
const MAX_FRAMES: i64 = 1 << 48;

/// A resampler that is fed frame by frame. It keeps the input frames that the filter still reaches,
/// about `20 max(1, down / up)` of them, and shares the filter with all others of its ratio.
#[derive(Debug, Clone)]
pub struct PolyphaseStream<F> {
    phases: Phases,
    up: i64,
    down: i64,
    half: i64,
    c: usize,
    /// Frames that came in.
    frames: i64,
    /// The last of them.
    history: Vec<F>,
    sum: Vec<F>,
}

impl<F: Sample> PolyphaseStream<F> {
    /// For frames of `c` channels and `up / down` other than 1.
    pub fn new(up: usize, down: usize, c: usize) -> Result<Self> {
        let divisor = gcd(up, down);
        if divisor == 0 || up == 0 || down == 0 || up == down || c == 0 {
            bail_input!("up, down: expected different factors of 1 or more, got {up} and {down}");
        }
        let (up, down) = (up / divisor, down / divisor);
        if up.max(down) > super::polyphase::MAX_FACTOR {
            bail_input!("up / down: expected smaller terms, got {up} / {down}");
        }
        Ok(PolyphaseStream {
            phases: phases(up, down),
            up: up as i64,
            down: down as i64,
            half: half_length(up, down) as i64,
            c,
            frames: 0,
            history: Vec::new(),
            sum: vec![F::ZERO; c],
        })
    }

    /// The first output that the filter cannot reach yet.
    fn next(&self) -> i64 {
        let reached = self.frames * self.up - self.half;
        (reached.div_euclid(self.down) + i64::from(reached.rem_euclid(self.down) > 0)).max(0)
    }

    /// The first input frame that output `i` needs.
    fn oldest(&self, i: i64) -> i64 {
        let lowest = i * self.down - self.half;
        (lowest.div_euclid(self.up) + i64::from(lowest.rem_euclid(self.up) > 0)).max(0)
    }

    /// Takes `x` of whole frames and gives each output frame that it completes to `emit`.
    pub fn push(&mut self, x: &[F], mut emit: impl FnMut(&[F]) -> Result<()>) -> Result<()> {
        // Few frames at a time, so that the history stays as small as it can be.
        for piece in x.chunks(64 * self.c) {
            let mut next = self.next();
            self.frames += (piece.len() / self.c) as i64;
            if self.frames > MAX_FRAMES {
                bail_input!("x: expected at most 2^48 rows in one stream");
            }
            self.history.extend_from_slice(piece);
            while next < self.next() {
                self.output(next);
                emit(&self.sum)?;
                next += 1;
            }
            let kept = (self.frames - self.oldest(next)).max(0) as usize * self.c;
            self.history
                .drain(..self.history.len().saturating_sub(kept));
        }
        Ok(())
    }

    /// Gives the last output frames, those that reach beyond the last input, where the signal counts
    /// as zero. The stream begins anew afterwards.
    pub fn flush(&mut self, mut emit: impl FnMut(&[F]) -> Result<()>) -> Result<()> {
        let end = super::polyphase::output_length(
            self.frames as usize,
            self.up as usize,
            self.down as usize,
        );
        for i in self.next()..end as i64 {
            self.output(i);
            emit(&self.sum)?;
        }
        self.frames = 0;
        self.history.clear();
        Ok(())
    }

    /// Output frame `i` into `sum`, term by term in the order of [`super::polyphase`].
    fn output(&mut self, i: i64) {
        let (period, phase) = (i / self.up, (i % self.up) as usize);
        let first = self.frames - (self.history.len() / self.c) as i64;
        self.sum.fill(F::ZERO);
        for term in &self.phases[phase] {
            let frame = (period + term.shift as i64) * self.down + term.stream as i64;
            if frame < 0 || frame >= self.frames {
                continue;
            }
            let at = (frame - first) as usize * self.c;
            let weight = F::from_f64(term.weight);
            for (sum, &x) in self.sum.iter_mut().zip(&self.history[at..at + self.c]) {
                *sum += weight * x;
            }
        }
    }

    /// Frames that came in, and those that are still needed.
    pub fn state(&self) -> (i64, &[F]) {
        (self.frames, &self.history)
    }

    /// Puts a [`PolyphaseStream::state`] back.
    pub fn restore(&mut self, frames: i64, history: &[F]) -> Result<()> {
        if !(0..=MAX_FRAMES).contains(&frames) {
            bail_input!("state: expected up to 2^48 rows, got {frames}");
        }
        self.frames = frames;
        let kept = (frames - self.oldest(self.next())).max(0) as usize * self.c;
        if history.len() != kept {
            bail_input!(
                "state: expected {kept} values of the resampler after {frames} rows, got {}",
                history.len()
            );
        }
        self.history = history.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PolyphaseStream;
    use crate::resample::Sample;
    use crate::resample::polyphase::{output_length, resample_into};
    use proptest::prelude::{prop_assert_eq, prop_assume, proptest};

    fn streamed<F: Sample>(x: &[F], c: usize, up: usize, down: usize, pieces: &[usize]) -> Vec<F> {
        let mut stream = PolyphaseStream::new(up, down, c).unwrap();
        let mut out = Vec::new();
        let mut rest = x;
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((piece * c).min(rest.len()));
            stream
                .push(now, |frame| {
                    out.extend_from_slice(frame);
                    Ok(())
                })
                .unwrap();
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        stream
            .flush(|frame| {
                out.extend_from_slice(frame);
                Ok(())
            })
            .unwrap();
        out
    }

    proptest! {
        #[test]
        fn equals_the_whole_bit_by_bit(
            t in 1usize..400, c in 1usize..8, up in 1usize..12, down in 1usize..12,
            pieces in proptest::collection::vec(1usize..90, 1..6), nan in 0usize..500,
        ) {
            prop_assume!(up != down);
            let mut x: Vec<f32> = (0..t * c).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
            if let Some(v) = x.get_mut(nan) {
                *v = f32::NAN;
            }
            let bits = |v: &[f32]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let mut whole = vec![0f32; output_length(t, up, down) * c];
            resample_into(&x, 1, t, c, up, down, &mut whole).unwrap();
            prop_assert_eq!(bits(&streamed(&x, c, up, down, &pieces)), bits(&whole));

            let x: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
            let mut whole = vec![0f64; output_length(t, up, down) * c];
            resample_into(&x, 1, t, c, up, down, &mut whole).unwrap();
            let bits = |v: &[f64]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&streamed(&x, c, up, down, &pieces)), bits(&whole));
        }
    }
}
