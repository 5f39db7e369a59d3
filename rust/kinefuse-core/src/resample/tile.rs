//! The kernel of [`super::polyphase`]: a tile of output periods at a time.
//!
//! Output sample `j up + r` is a weighted sum of input frames `j down + k`, with weights that depend
//! on `r` and `k` alone. Write `k = q down + p`: if the input is dealt out into `down` streams
//! (frame `i` to stream `i mod down`), the same phase `r` of many periods `j` is a sum of contiguous
//! runs of the streams, channels and all. That inner loop is what the compiler vectorises.

use kinefuse_dispatch::dispatch;

use super::Sample;
use super::channels::with_channels;

/// Values of one tile of one stream. Chosen by measurement: small enough for the streams of a tile
/// to stay in the first-level cache, a multiple of the kernel's blocks for 1, 2, 3, 4 and 6 channels.
const TILE_VALUES: usize = 768;
/// Values of all streams of a tile together, where `down` is large.
const STREAMS_VALUES: usize = 2048;
/// Values that the last block of a tile may read past its end.
const SLACK: usize = 32;

/// One term of a phase: from stream `stream`, `shift` periods on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub(crate) stream: usize,
    pub(crate) shift: isize,
    pub(crate) weight: f64,
}

/// A filter laid out for sums of one type and a number of channels.
pub(super) struct Kernel<A> {
    down: usize,
    c: usize,
    /// Periods in a tile.
    periods: usize,
    /// The smallest shift of a term, and how far the largest lies above it.
    first_shift: isize,
    span: usize,
    /// Values from one stream to the next.
    stride: usize,
    /// For each phase, the place of each term in the streams, and its weight.
    phases: Vec<Vec<(usize, A)>>,
}

impl<A: Sample> Kernel<A> {
    pub(super) fn new(phases: &[Vec<Term>], down: usize, c: usize) -> Self {
        let shifts = || phases.iter().flatten().map(|term| term.shift);
        let first_shift = shifts().min().unwrap_or(0);
        let span = (shifts().max().unwrap_or(0) - first_shift) as usize;
        let values = (STREAMS_VALUES / down).clamp(96, TILE_VALUES);
        let periods = values.div_ceil(c).next_multiple_of(16);
        let stride = (periods + span) * c;
        let place = |term: &Term| {
            let at = term.stream * stride + (term.shift - first_shift) as usize * c;
            (at, A::from_f64(term.weight))
        };
        let phases = phases
            .iter()
            .map(|terms| terms.iter().map(place).collect())
            .collect();
        Kernel {
            down,
            c,
            periods,
            first_shift,
            span,
            stride,
            phases,
        }
    }

    /// Output frames in a tile.
    pub(super) fn tile_frames(&self) -> usize {
        self.periods * self.phases.len()
    }

    /// Buffers for [`Kernel::run`].
    pub(super) fn scratch(&self) -> Scratch<A> {
        Scratch {
            streams: vec![A::ZERO; self.stride * self.down + SLACK],
            phases: vec![A::ZERO; self.phases.len() * self.periods * self.c],
        }
    }

    /// Writes the output frames from period `first` on, as many as `out` holds. Input frames outside
    /// `x` count as zero.
    pub(super) fn run<F: Sample>(
        &self,
        x: &[F],
        first: usize,
        out: &mut [F],
        scratch: &mut Scratch<A>,
    ) {
        let tile = self.tile_frames() * self.c;
        for (i, out) in out.chunks_mut(tile).enumerate() {
            let first = first + i * self.periods;
            with_channels!(self.c, C => run_tile::<F, A, C>(self, x, first, out, scratch));
        }
    }
}

pub(super) struct Scratch<A> {
    /// The tile's input, dealt out.
    streams: Vec<A>,
    /// The tile's output, phase by phase.
    phases: Vec<A>,
}

/// One tile. `C` is the number of channels, or 0 where it is not among the common ones.
#[dispatch(avx2)]
fn run_tile<F: Sample, A: Sample, const C: usize>(
    kernel: &Kernel<A>,
    x: &[F],
    first: usize,
    out: &mut [F],
    scratch: &mut Scratch<A>,
) {
    let c = if C == 0 { kernel.c } else { C };
    let up = kernel.phases.len();
    let periods = (out.len() / c).div_ceil(up);
    let frames = (periods + kernel.span) * kernel.down;
    let start = (first as isize + kernel.first_shift) * kernel.down as isize;
    let inside = start >= 0 && (start as usize + frames) * c <= x.len();

    let phases = &mut scratch.phases;
    if inside && kernel.down == 1 {
        run_phases::<F, A, F, C>(kernel, &x[start as usize * c..], periods, phases, out);
    } else {
        deal_out::<F, A, C>(x, start, frames, kernel, &mut scratch.streams);
        run_phases::<A, A, F, C>(kernel, &scratch.streams, periods, phases, out);
    }
}

/// All phases of the tile, in order of time.
#[inline(always)]
fn run_phases<S: Sample, A: Sample, F: Sample, const C: usize>(
    kernel: &Kernel<A>,
    streams: &[S],
    periods: usize,
    phases: &mut [A],
    out: &mut [F],
) {
    let c = if C == 0 { kernel.c } else { C };
    let (up, n) = (kernel.phases.len(), periods * c);
    if up == 1 {
        run_phase::<S, A, F>(&kernel.phases[0], streams, out);
        return;
    }
    for (terms, phase) in kernel.phases.iter().zip(phases.chunks_exact_mut(n)) {
        run_phase::<S, A, A>(terms, streams, phase);
    }
    for (j, group) in out.chunks_mut(up * c).enumerate() {
        for (r, frame) in group.chunks_exact_mut(c).enumerate() {
            let at = r * n + j * c;
            copy(&phases[at..at + c], frame);
        }
    }
}

/// Of the frames `start .. start + frames` of `x`, the `i`-th goes to stream `i mod down`; those
/// outside `x` are zero.
#[inline(always)]
fn deal_out<F: Sample, A: Sample, const C: usize>(
    x: &[F],
    start: isize,
    frames: usize,
    kernel: &Kernel<A>,
    streams: &mut [A],
) {
    let c = if C == 0 { kernel.c } else { C };
    let (down, stride) = (kernel.down, kernel.stride);
    let total = (x.len() / c) as isize;
    let from = (-start).clamp(0, frames as isize) as usize;
    let to = (total - start).clamp(from as isize, frames as isize) as usize;
    for i in (0..from).chain(to..frames) {
        let at = (i % down) * stride + (i / down) * c;
        streams[at..at + c].fill(A::ZERO);
    }
    let source = &x[(start + from as isize) as usize * c..(start + to as isize) as usize * c];

    let first_group = from.next_multiple_of(down).min(to);
    let (head, groups) = source.split_at((first_group - from) * c);
    for (i, frame) in (from..).zip(head.chunks_exact(c)) {
        let at = (i % down) * stride + (i / down) * c;
        copy(frame, &mut streams[at..at + c]);
    }
    for (s, group) in (first_group / down..).zip(groups.chunks(down * c)) {
        for (p, frame) in group.chunks_exact(c).enumerate() {
            let at = p * stride + s * c;
            copy(frame, &mut streams[at..at + c]);
        }
    }
}

/// From one type of sample to another.
#[inline(always)]
fn copy<F: Sample, T: Sample>(from: &[F], to: &mut [T]) {
    for (to, &v) in to.iter_mut().zip(from) {
        *to = v.cast();
    }
}

/// One phase of all periods of the tile.
#[inline(always)]
fn run_phase<S: Sample, A: Sample, O: Sample>(terms: &[(usize, A)], streams: &[S], out: &mut [O]) {
    const LARGE: usize = 96;
    const SMALL: usize = SLACK;
    let mut at = 0;
    while at + LARGE <= out.len() {
        let block = sum_block::<S, A, LARGE>(terms, streams, at);
        copy(&block, &mut out[at..at + LARGE]);
        at += LARGE;
    }
    while at < out.len() {
        let end = out.len().min(at + SMALL);
        // Directly on the input, the last block has nothing to read past the end.
        if terms
            .iter()
            .all(|&(place, _)| place + at + SMALL <= streams.len())
        {
            let block = sum_block::<S, A, SMALL>(terms, streams, at);
            copy(&block[..end - at], &mut out[at..end]);
        } else {
            for l in at..end {
                out[l] = sum_block::<S, A, 1>(terms, streams, l)[0].cast();
            }
        }
        at = end;
    }
}

#[inline(always)]
fn sum_block<S: Sample, A: Sample, const L: usize>(
    terms: &[(usize, A)],
    streams: &[S],
    at: usize,
) -> [A; L] {
    let mut sum = [A::ZERO; L];
    for &(place, weight) in terms {
        let source = &streams[place + at..place + at + L];
        for l in 0..L {
            sum[l] += weight * source[l].cast::<A>();
        }
    }
    sum
}
