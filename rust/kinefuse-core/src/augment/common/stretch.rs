//! A short crop stretched through the spectrum: one small matrix product for all channels.
//!
//! Fourier resampling is linear, so for given lengths it is a matrix. Windows are short, and then
//! the product is several times faster than transforming channel by channel.

use std::cell::RefCell;
use std::collections::HashMap;

use kinefuse_dispatch::dispatch;

use crate::augment::View;
use crate::resample::fourier::resample_to_length_into;

/// Longest window that the matrix is used for; beyond, transforms win.
pub(super) const LONGEST: usize = 192;

/// Channels and output samples worked on at a time: what fits in registers.
const LANES: usize = 16;
const ROWS: usize = 4;

/// Matrices a thread keeps before it starts afresh.
const MAX_MATRICES: usize = 64;

thread_local! {
    static MATRICES: RefCell<HashMap<(usize, usize), Vec<f32>>> = RefCell::default();
}

/// Samples `start..start + kept` of the view, stretched to its whole length.
pub(super) fn stretch(view: &mut View<'_>, start: usize, kept: usize) {
    MATRICES.with_borrow_mut(|matrices| {
        if matrices.len() >= MAX_MATRICES {
            matrices.clear();
        }
        let time = view.shape.time;
        let matrix = matrices
            .entry((kept, time))
            .or_insert_with(|| matrix(kept, time));
        if view.shape.points >= LANES {
            stretch_frames(view, start, kept, matrix);
        } else {
            stretch_packed(view, start, kept, matrix);
        }
    });
}

/// Each channel by itself: a frame's points are lanes enough.
fn stretch_frames(view: &mut View<'_>, start: usize, kept: usize, matrix: &[f32]) {
    let points = view.shape.points;
    for plane in view.data.chunks_exact_mut(view.shape.plane()) {
        view.scratch.clear();
        let crop = &plane[start * points..(start + kept) * points];
        view.scratch.extend_from_slice(crop);
        fold(view.scratch, points);
        multiply(matrix, view.scratch, points, plane);
    }
}

/// All channels side by side, where each has few points.
fn stretch_packed(view: &mut View<'_>, start: usize, kept: usize, matrix: &[f32]) {
    let (time, points) = (view.shape.time, view.shape.points);
    let width = view.shape.channels * points;
    let blocks = width.div_ceil(LANES);
    view.scratch.clear();
    view.scratch.resize(blocks * LANES * (kept + time), 0.0);
    let (crop, stretched) = view.scratch.split_at_mut(blocks * LANES * kept);
    for (channel, plane) in view.data.chunks_exact(time * points).enumerate() {
        for run in runs(channel, points) {
            let block = &mut crop[run.block * kept * LANES..][..kept * LANES];
            let frames = plane[start * points..].chunks_exact(points);
            for (lanes, frame) in block.chunks_exact_mut(LANES).zip(frames) {
                lanes[run.lane..][..run.len].copy_from_slice(&frame[run.point..][..run.len]);
            }
        }
    }
    for (crop, stretched) in crop
        .chunks_exact_mut(kept * LANES)
        .zip(stretched.chunks_exact_mut(time * LANES))
    {
        fold(crop, LANES);
        multiply(matrix, crop, LANES, stretched);
    }
    for (channel, plane) in view.data.chunks_exact_mut(time * points).enumerate() {
        for run in runs(channel, points) {
            let block = &stretched[run.block * time * LANES..][..time * LANES];
            let frames = plane.chunks_exact_mut(points);
            for (lanes, frame) in block.chunks_exact(LANES).zip(frames) {
                frame[run.point..][..run.len].copy_from_slice(&lanes[run.lane..][..run.len]);
            }
        }
    }
}

/// Points of a channel that lie side by side in a block of lanes.
struct Run {
    point: usize,
    len: usize,
    block: usize,
    lane: usize,
}

/// Where a channel's points lie: column `channel * points + point`, in blocks of `LANES`.
fn runs(channel: usize, points: usize) -> impl Iterator<Item = Run> {
    let mut point = 0;
    std::iter::from_fn(move || {
        let column = channel * points + point;
        let lane = column % LANES;
        let run = Run {
            point,
            len: (points - point).min(LANES - lane),
            block: column / LANES,
            lane,
        };
        point += run.len;
        (run.len > 0).then_some(run)
    })
}

/// What resampling makes of the sums and differences of [`fold`]: row `i` of the window for `i` up
/// to half of it, `(rows / ROWS, kept, ROWS)`, filled up with zeros.
///
/// Resampling of a periodic signal runs backward as it runs forward, so that sample `time - i`
/// weighs sample `kept - j` as `i` weighs `j`: the sums give what both have in common, the
/// differences what they have not, and half of the products do.
fn matrix(kept: usize, time: usize) -> Vec<f32> {
    let mut impulses = vec![0.0; kept * kept];
    impulses
        .iter_mut()
        .step_by(kept + 1)
        .for_each(|x| *x = 1.0f64);
    let mut answers = vec![0.0; time * kept];
    resample_to_length_into(&impulses, kept, kept, time, &mut answers)
        .expect("the slices have these dimensions, none of them 0");
    let mut matrix = vec![0.0; (time / 2 + 1).next_multiple_of(ROWS) * kept];
    for (i, row) in answers.chunks_exact(kept).enumerate().take(time / 2 + 1) {
        for j in 0..kept {
            let mirrored = row[(kept - j) % kept];
            let weight = if j <= kept / 2 {
                0.5 * (row[j] + mirrored)
            } else {
                0.5 * (mirrored - row[j])
            };
            // A sum of one sample with itself is that sample.
            let weight = if j == kept - j || j == 0 {
                row[j]
            } else {
                weight
            };
            matrix[(i / ROWS * kept + j) * ROWS + i % ROWS] = weight as f32;
        }
    }
    matrix
}

/// Rows `j` and `kept - j` become their sum and their difference.
#[dispatch(avx2)]
fn fold(x: &mut [f32], points: usize) {
    let kept = x.len() / points;
    let (low, high) = x.split_at_mut((kept / 2 + 1) * points);
    let pairs = low[points..].chunks_exact_mut(points);
    for (low, high) in pairs.zip(high.chunks_exact_mut(points).rev()) {
        for (low, high) in low.iter_mut().zip(high) {
            (*low, *high) = (*low + *high, *low - *high);
        }
    }
}

/// Folded frames `(kept, points)` to frames `(time, points)`.
#[dispatch(avx2)]
fn multiply(matrix: &[f32], x: &[f32], points: usize, out: &mut [f32]) {
    let kept = x.len() / points;
    for (group, weights) in matrix.chunks_exact(kept * ROWS).enumerate() {
        let first = group * ROWS;
        let mut point = 0;
        while point + LANES <= points {
            multiply_lanes::<LANES>(weights, x, points, point, first, out);
            point += LANES;
        }
        while point + 4 <= points {
            multiply_lanes::<4>(weights, x, points, point, first, out);
            point += 4;
        }
        while point < points {
            multiply_lanes::<1>(weights, x, points, point, first, out);
            point += 1;
        }
    }
}

/// `L` points of frames `first..first + ROWS`, as far as there are any, and of their mirror images.
#[inline(always)]
fn multiply_lanes<const L: usize>(
    weights: &[f32],
    x: &[f32],
    points: usize,
    point: usize,
    first: usize,
    out: &mut [f32],
) {
    let (kept, time) = (x.len() / points, out.len() / points);
    let (even, odd) = weights.split_at((kept / 2 + 1) * ROWS);
    let (sums, differences) = x.split_at((kept / 2 + 1) * points);
    let even = weigh::<L>(even, sums, points, point);
    let odd = weigh::<L>(odd, differences, points, point);
    for r in 0..ROWS {
        let row = first + r;
        if row > time / 2 {
            break;
        }
        let frame = &mut out[row * points + point..][..L];
        for l in 0..L {
            frame[l] = even[r][l] + odd[r][l];
        }
        if row > 0 {
            let frame = &mut out[(time - row) * points + point..][..L];
            for l in 0..L {
                frame[l] = even[r][l] - odd[r][l];
            }
        }
    }
}

/// The weighted sums of `L` points over all frames.
#[inline(always)]
fn weigh<const L: usize>(
    weights: &[f32],
    x: &[f32],
    points: usize,
    point: usize,
) -> [[f32; L]; ROWS] {
    let mut sums = [[0f32; L]; ROWS];
    let weights = weights.as_chunks::<ROWS>().0;
    for (weights, frame) in weights.iter().zip(x.chunks_exact(points)) {
        let x = &frame[point..point + L];
        for r in 0..ROWS {
            for l in 0..L {
                sums[r][l] += weights[r] * x[l];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Shape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_transforms(
            channels in 1usize..7, time in 2usize..70, points in 1usize..40, a: u8, b: u8,
        ) {
            let kept = 2 + usize::from(a) % (time - 1);
            let start = usize::from(b) % (time - kept + 1);
            let shape = Shape { channels, time, points };
            let mut data: Vec<f32> = (0..shape.len()).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
            let mut expected = data.clone();
            for plane in expected.chunks_exact_mut(time * points) {
                let crop = plane[start * points..(start + kept) * points].to_vec();
                resample_to_length_into(&crop, kept, points, time, plane).unwrap();
            }
            let mut scratch = vec![f32::NAN; 7];
            stretch(&mut View { data: &mut data, shape, scratch: &mut scratch }, start, kept);
            for (a, b) in data.iter().zip(&expected) {
                prop_assert!((a - b).abs() < 3e-6, "{a} {b}");
            }
        }
    }
}
