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
    let (time, points) = (view.shape.time, view.shape.points);
    let width = view.shape.channels * points;
    let rows = time.next_multiple_of(ROWS);
    let blocks = width.div_ceil(LANES);
    view.scratch.clear();
    view.scratch.resize(blocks * LANES * (kept + rows), 0.0);
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
    MATRICES.with_borrow_mut(|matrices| {
        if matrices.len() >= MAX_MATRICES {
            matrices.clear();
        }
        let matrix = matrices
            .entry((kept, time))
            .or_insert_with(|| matrix(kept, time));
        for (crop, stretched) in crop
            .chunks_exact(kept * LANES)
            .zip(stretched.chunks_exact_mut(rows * LANES))
        {
            multiply(matrix, crop, kept, stretched);
        }
    });
    for (channel, plane) in view.data.chunks_exact_mut(time * points).enumerate() {
        for run in runs(channel, points) {
            let block = &stretched[run.block * rows * LANES..][..rows * LANES];
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

/// What resampling makes of each unit impulse, `(time / ROWS, kept, ROWS)`, filled up with zeros.
fn matrix(kept: usize, time: usize) -> Vec<f32> {
    let mut impulses = vec![0.0; kept * kept];
    impulses
        .iter_mut()
        .step_by(kept + 1)
        .for_each(|x| *x = 1.0f64);
    let mut answers = vec![0.0; time * kept];
    resample_to_length_into(&impulses, kept, kept, time, &mut answers)
        .expect("the slices have these dimensions, none of them 0");
    let mut matrix = vec![0.0; time.next_multiple_of(ROWS) * kept];
    for (i, row) in answers.chunks_exact(kept).enumerate() {
        for (j, &weight) in row.iter().enumerate() {
            matrix[(i / ROWS * kept + j) * ROWS + i % ROWS] = weight as f32;
        }
    }
    matrix
}

#[dispatch(avx2)]
fn multiply(matrix: &[f32], x: &[f32], kept: usize, out: &mut [f32]) {
    let (x, _) = x.as_chunks::<LANES>();
    for (weights, out) in matrix
        .chunks_exact(kept * ROWS)
        .zip(out.chunks_exact_mut(ROWS * LANES))
    {
        let mut sums = [[0f32; LANES]; ROWS];
        for (weights, x) in weights.as_chunks::<ROWS>().0.iter().zip(x) {
            for r in 0..ROWS {
                for l in 0..LANES {
                    sums[r][l] += weights[r] * x[l];
                }
            }
        }
        for (out, sums) in out.chunks_exact_mut(LANES).zip(&sums) {
            out.copy_from_slice(sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Shape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_transforms(
            channels in 1usize..7, time in 2usize..70, points in 1usize..22, a: u8, b: u8,
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
