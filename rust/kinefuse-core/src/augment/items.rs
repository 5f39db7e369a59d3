//! A plan on arrays as users have them: time first.

use kinefuse_dispatch::dispatch;
use rayon::prelude::*;

use super::{Plan, Shape, View};
use crate::error::{Result, bail_shape};
use crate::rng::Key;

/// Below this many values one thread is faster than two.
const SERIAL: usize = 1 << 14;

/// Applies `plan` to `n` windows `(time, points, channels)`, one after another in `x`, and writes
/// them to `out` in the same layout. Item `i` is the sample `Key::new(seed).with(i)`, whatever the
/// number of items or threads.
pub fn apply_items(
    plan: &Plan,
    x: &[f32],
    n: usize,
    shape: Shape,
    seed: u64,
    modality: u64,
    out: &mut [f32],
) -> Result<()> {
    if x.len() != n * shape.len() || out.len() != x.len() {
        bail_shape!(
            "augment: expected {n} windows of {} values in and out, got {} and {}",
            shape.len(),
            x.len(),
            out.len()
        );
    }
    plan.check_shape(shape)?;
    if x.is_empty() {
        return Ok(());
    }
    let size = shape.len();
    let seed = Key::new(seed);
    let one = |(data, scratch): &mut (Vec<f32>, Vec<f32>), i: usize, x: &[f32], out: &mut [f32]| {
        data.resize(size, 0.0);
        channels_first(x, shape.channels, data);
        let mut view = View {
            data,
            shape,
            scratch,
        };
        plan.apply(&mut view, seed.with(i as u64), modality);
        channels_last(data, shape.channels, out);
    };
    if x.len() <= SERIAL {
        let mut room = (Vec::new(), Vec::new());
        let items = x.chunks_exact(size).zip(out.chunks_exact_mut(size));
        for (i, (x, out)) in items.enumerate() {
            one(&mut room, i, x, out);
        }
    } else {
        x.par_chunks_exact(size)
            .zip(out.par_chunks_exact_mut(size))
            .enumerate()
            .with_min_len(SERIAL.div_ceil(2 * size))
            .for_each_init(Default::default, |room, (i, (x, out))| one(room, i, x, out));
    }
    Ok(())
}

fn channels_first(x: &[f32], channels: usize, out: &mut [f32]) {
    match channels {
        2 => split::<2>(x, out),
        3 => split::<3>(x, out),
        6 => split::<6>(x, out),
        9 => split::<9>(x, out),
        _ => {
            let plane = out.len() / channels;
            for (c, out) in out.chunks_exact_mut(plane).enumerate() {
                for (o, x) in out.iter_mut().zip(x.chunks_exact(channels)) {
                    *o = x[c];
                }
            }
        }
    }
}

fn channels_last(x: &[f32], channels: usize, out: &mut [f32]) {
    match channels {
        2 => join::<2>(x, out),
        3 => join::<3>(x, out),
        6 => join::<6>(x, out),
        9 => join::<9>(x, out),
        _ => {
            let plane = x.len() / channels;
            for (c, x) in x.chunks_exact(plane).enumerate() {
                for (out, v) in out.chunks_exact_mut(channels).zip(x) {
                    out[c] = *v;
                }
            }
        }
    }
}

#[dispatch(avx2)]
fn split<const C: usize>(x: &[f32], out: &mut [f32]) {
    let frames = x.as_chunks::<C>().0;
    let n = frames.len();
    let mut rest = out;
    let planes: [&mut [f32]; C] = std::array::from_fn(|_| {
        let (plane, others) = std::mem::take(&mut rest).split_at_mut(n);
        rest = others;
        plane
    });
    for i in 0..n {
        for c in 0..C {
            planes[c][i] = frames[i][c];
        }
    }
}

fn join<const C: usize>(x: &[f32], out: &mut [f32]) {
    let frames = out.as_chunks_mut::<C>().0;
    let n = frames.len();
    let planes: [&[f32]; C] = std::array::from_fn(|c| &x[c * n..(c + 1) * n]);
    for i in 0..n {
        for c in 0..C {
            frames[i][c] = planes[c][i];
        }
    }
}
