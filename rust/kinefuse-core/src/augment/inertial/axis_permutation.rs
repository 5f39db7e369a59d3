//! A sensor mounted another way round.

use serde::Deserialize;

use super::{check_sensors, check_triplets};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// Exchanges the axes of all triplets of a sensor, and turns some round: one of the 24 orientations
/// of a box, all alike. Without signs one of the 3 cyclic orders; without handedness 48, or 6.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisPermutation {
    #[serde(default = "yes")]
    signs: bool,
    #[serde(default = "yes")]
    keep_handedness: bool,
    #[serde(default = "one")]
    sensors: usize,
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 2, 1],
    [1, 0, 2],
    [2, 1, 0],
];

/// The first orders are even.
const EVEN: usize = 3;

impl AxisPermutation {
    /// Which axis comes where, and which are turned round.
    fn draw(&self, rng: &mut Rng) -> ([usize; 3], [bool; 3]) {
        let orders = if self.keep_handedness && !self.signs {
            EVEN
        } else {
            ORDERS.len()
        };
        let order = rng.below(orders);
        let mut turned = [false; 3];
        if self.signs {
            let bits = rng.next_u32() >> 29;
            turned = std::array::from_fn(|i| bits >> i & 1 == 1);
            if self.keep_handedness {
                // An odd order needs an odd number of turned axes.
                turned[2] = turned[0] ^ turned[1] ^ (order >= EVEN);
            }
        }
        (ORDERS[order], turned)
    }
}

impl Augmentation for AxisPermutation {
    fn check(&self) -> Result<()> {
        check_sensors(self.sensors)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_triplets(shape, self.sensors)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let plane = view.shape.plane();
        for sensor in view.data.chunks_exact_mut(view.data.len() / self.sensors) {
            let (order, turned) = self.draw(rng);
            for triplet in sensor.chunks_exact_mut(3 * plane) {
                view.scratch.clear();
                view.scratch.extend_from_slice(triplet);
                for ((to, from), turned) in triplet.chunks_exact_mut(plane).zip(order).zip(turned) {
                    let axis = &view.scratch[from * plane..(from + 1) * plane];
                    let sign = if turned { -1.0 } else { 1.0 };
                    for (to, x) in to.iter_mut().zip(axis) {
                        *to = sign * x;
                    }
                }
            }
        }
    }
}
