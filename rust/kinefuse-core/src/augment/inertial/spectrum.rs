//! Steps that act on frequencies: the spectrum of each channel times a response.

use std::cell::RefCell;

use crate::augment::View;
use crate::augment::fft::{LANES, Lanes, Plan};

/// What the ends of a window meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Each other: the window counts as one period.
    Meet,
    /// Their mirror image: nothing jumps where the window begins and ends.
    Mirror,
}

impl Ends {
    /// Length of what is transformed.
    fn period(self, time: usize) -> usize {
        match self {
            Ends::Meet => time,
            Ends::Mirror => 2 * time,
        }
    }

    /// Frequencies from 0 to half the rate, both included where the period is even.
    pub(super) fn bins(self, time: usize) -> usize {
        self.period(time) / 2 + 1
    }
}

thread_local! {
    static ROOM: RefCell<[Vec<Lanes>; 2]> = RefCell::default();
}

/// Channels transformed at a time: two real ones in each complex signal.
const CHANNELS: usize = 2 * LANES;

/// Multiplies the spectrum of each run of `run` channels by its response: `bins` complex numbers
/// for each run, one after another. At 0, and at half the rate, the response must be real.
///
/// A channel that is not finite throughout becomes NaN.
pub(super) fn respond(view: &mut View<'_>, ends: Ends, run: usize, responses: &[[f64; 2]]) {
    let time = view.shape.plane();
    let (period, bins) = (ends.period(time), ends.bins(time));
    let plan = Plan::of(period);
    ROOM.with_borrow_mut(|[x, other]| {
        for (block, planes) in view.data.chunks_mut(CHANNELS * time).enumerate() {
            let finite = load(planes, time, period, x);
            plan.forward(x, other);
            let response = |lane: usize, part: usize, bin: usize| {
                let channel = block * CHANNELS + 2 * lane + part;
                let run = (channel / run).min(responses.len() / bins - 1);
                responses[run * bins + bin]
            };
            for bin in 0..bins {
                let mirrored = (period - bin) % period;
                let (z, w) = (x[bin], x[mirrored]);
                for l in 0..LANES {
                    // The spectra of the two channels, taken apart by their symmetry.
                    let a = [0.5 * (z[0][l] + w[0][l]), 0.5 * (z[1][l] - w[1][l])];
                    let b = [0.5 * (z[1][l] + w[1][l]), 0.5 * (w[0][l] - z[0][l])];
                    let a = product(a, response(l, 0, bin));
                    let b = product(b, response(l, 1, bin));
                    x[bin][0][l] = a[0] - b[1];
                    x[bin][1][l] = a[1] + b[0];
                    if mirrored != bin {
                        x[mirrored][0][l] = a[0] + b[1];
                        x[mirrored][1][l] = b[0] - a[1];
                    }
                }
            }
            plan.backward(x, other);
            store(planes, time, x, finite, 1.0 / period as f64);
        }
    });
}

fn product([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a * c - b * d, a * d + b * c]
}

/// Lays channels side by side; those that are not finite as zeros. Tells which are.
fn load(planes: &[f32], time: usize, period: usize, x: &mut Vec<Lanes>) -> [bool; CHANNELS] {
    x.clear();
    x.resize(period, [[0.0; LANES]; 2]);
    let mut finite = [false; CHANNELS];
    for (c, plane) in planes.chunks_exact(time).enumerate() {
        finite[c] = plane.iter().all(|v| v.is_finite());
        if finite[c] {
            for (t, v) in plane.iter().enumerate() {
                x[t][c % 2][c / 2] = f64::from(*v);
            }
            for t in time..period {
                x[t][c % 2][c / 2] = f64::from(plane[period - 1 - t]);
            }
        }
    }
    finite
}

fn store(planes: &mut [f32], time: usize, x: &[Lanes], finite: [bool; CHANNELS], scale: f64) {
    for (c, plane) in planes.chunks_exact_mut(time).enumerate() {
        for (v, x) in plane.iter_mut().zip(x) {
            *v = if finite[c] {
                (x[c % 2][c / 2] * scale) as f32
            } else {
                f32::NAN
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Shape;
    use proptest::prelude::{prop_assert, proptest};

    fn responded(x: &[f32], time: usize, ends: Ends, run: usize, r: &[[f64; 2]]) -> Vec<f32> {
        let mut data = x.to_vec();
        let shape = Shape {
            channels: x.len() / time,
            time,
            points: 1,
        };
        let mut scratch = Vec::new();
        let mut view = View {
            data: &mut data,
            shape,
            scratch: &mut scratch,
        };
        respond(&mut view, ends, run, r);
        data
    }

    fn signal(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * i) as f32 * 0.37).sin()).collect()
    }

    #[test]
    fn a_missing_value_takes_its_channel_only() {
        let mut x = signal(3 * 10);
        x[12] = f32::NAN;
        let one = vec![[1.0, 0.0]; 6];
        let y = responded(&x, 10, Ends::Meet, 3, &one);
        assert!(
            y.iter()
                .enumerate()
                .all(|(i, v)| v.is_nan() == (i / 10 == 1))
        );
    }

    proptest! {
        #[test]
        fn a_response_of_one_is_the_window(time in 1usize..90, channels in 1usize..19) {
            let x = signal(time * channels);
            for ends in [Ends::Meet, Ends::Mirror] {
                let one = vec![[1.0, 0.0]; ends.bins(time)];
                let y = responded(&x, time, ends, channels, &one);
                prop_assert!(y.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-6));
            }
        }

        #[test]
        fn each_run_has_its_own_response(time in 1usize..50, runs in 1usize..8, run in 1usize..4) {
            let x = signal(time * runs * run);
            let bins = Ends::Meet.bins(time);
            let gains: Vec<[f64; 2]> = (0..runs)
                .flat_map(|r| vec![[r as f64, 0.0]; bins])
                .collect();
            let y = responded(&x, time, Ends::Meet, run, &gains);
            for (i, (a, b)) in y.iter().zip(&x).enumerate() {
                let gain = (i / (time * run)) as f32;
                prop_assert!((a - gain * b).abs() < 1e-5);
            }
        }
    }
}
