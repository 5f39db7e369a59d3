//! Whether rows that share a stamp are the samples of a packet or copies of one sample.

use super::line::median;
use super::rate::LONG_STEP;

/// Which sample of a packet was taken at its stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The last: a packet is stamped when it is full, or when it arrives.
    Before,
    /// The first.
    After,
}

/// Rows of one stamp: `order[first .. first + n]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub first: usize,
    pub n: usize,
    pub stamp: f64,
}

/// The share of the time a packet needs that must be there for the clock to count as bursty.
const SURE: f64 = 0.5;
/// Rows that share their stamp with an earlier one before evenness says anything.
const ENOUGH: f64 = 25.0;
/// Rows that an evenly filled clock may be ahead or behind.
const EVEN: f64 = 2.0;
/// Rows over which a device that was late catches up.
const BLOCK: usize = 32;

/// The step of the samples and which of them a packet's stamp means; `None` if the rows that share
/// a stamp look like copies.
pub(super) fn judge(groups: &[Group], rows: usize) -> Option<(f64, Side)> {
    if let Some(step) = evenly_filled(groups, rows) {
        return Some((step, Side::Before));
    }
    let step = typical(groups);
    let (before, after) = rooms(groups, step);
    if before.max(after) >= SURE {
        // Even packets have as much room on either side: then they are stamped last.
        let side = if before >= 0.9 * after {
            Side::Before
        } else {
            Side::After
        };
        return Some((step, side));
    }
    caught_up(groups, rows).map(|step| (step, Side::Before))
}

/// The step to use where nothing was found out.
pub(super) fn typical(groups: &[Group]) -> f64 {
    let room = |k: usize| groups[k].stamp - groups[k - 1].stamp;
    let singles: Vec<f64> = (1..groups.len())
        .filter(|&k| groups[k].n == 1)
        .map(room)
        .collect();
    if singles.len() * 2 >= groups.len() {
        return median(singles);
    }
    let by_packet = (1..groups.len()).map(|k| room(k) / groups[k].n as f64);
    median(by_packet.collect())
}

/// The time before and after packets, beyond one step, as a share of what their samples need:
/// around copies there is none.
fn rooms(groups: &[Group], step: f64) -> (f64, f64) {
    let room = |k: usize| groups[k].stamp - groups[k - 1].stamp;
    let (mut before, mut after, mut needed) = (0.0, 0.0, 0.0);
    for (k, group) in groups.iter().enumerate().filter(|(_, g)| g.n > 1) {
        let most = 2.0 * group.n as f64 * step;
        let more = |room: f64| room.min(most) - step;
        before += if k > 0 { more(room(k)) } else { 0.0 };
        after += groups.get(k + 1).map_or(0.0, |_| more(room(k + 1)));
        needed += (group.n - 1) as f64 * step;
    }
    (before / needed, after / needed)
}

/// The step of a clock too coarse for its samples (1.5 kHz in milliseconds): its stamps hold one
/// sample or two, in turn, so that counting rows never leaves the straight line. Copies made by
/// chance stray from it.
fn evenly_filled(groups: &[Group], rows: usize) -> Option<f64> {
    let shared = (rows - groups.len()) as f64;
    if shared * (1.0 - shared / rows as f64) < ENOUGH {
        return None;
    }
    let rooms: Vec<f64> = groups.windows(2).map(|g| g[1].stamp - g[0].stamp).collect();
    let tick = median(rooms.clone());
    let off = rooms
        .iter()
        .filter(|&&room| (room - tick).abs() > 0.01 * tick)
        .count();
    if off > rooms.len() / 100 {
        return None;
    }
    let ticks = |k: usize| {
        let room = groups[k].stamp - groups[k - 1].stamp;
        if room > LONG_STEP * tick {
            1.0
        } else {
            room / tick
        }
    };
    let all: f64 = (1..groups.len()).map(ticks).sum();
    let last = &groups[groups.len() - 1];
    let slope = last.first as f64 / all;
    let mut passed = 0.0;
    for k in 1..groups.len() {
        passed += ticks(k);
        if (groups[k].first as f64 - slope * passed).abs() > EVEN {
            return None;
        }
    }
    Some(tick / slope)
}

/// The step of a clock whose stamps are those of arrival: where samples were held up, many arrive at
/// once or almost, so that a block of rows takes as long whether stamps repeat in it or not. Each
/// copy makes its block one step shorter. `None` if there are too few to tell.
fn caught_up(groups: &[Group], rows: usize) -> Option<f64> {
    // Of each block, how long it takes and how many rows share their stamp with an earlier one.
    let mut blocks: Vec<(f64, f64)> = Vec::with_capacity(rows / BLOCK);
    let (mut from, mut shared) = (0, 0.0);
    for (k, group) in groups.iter().enumerate() {
        let held = group.first - groups[from].first;
        if held >= BLOCK {
            let length = (group.stamp - groups[from].stamp) / held as f64;
            blocks.push((length, shared / held as f64));
            (from, shared) = (k, 0.0);
        }
        shared += (group.n - 1) as f64;
    }
    if blocks.len() < 8 {
        return None;
    }
    let step = median(blocks.iter().map(|b| b.0).collect());
    // Blocks with a gap say nothing.
    blocks.retain(|b| b.0 <= LONG_STEP * step);
    let n = blocks.len() as f64;
    let mean = blocks
        .iter()
        .fold((0.0, 0.0), |m, b| (m.0 + b.0 / n, m.1 + b.1 / n));
    let (mut across, mut along) = (0.0, 0.0);
    for (length, share) in &blocks {
        across += (length - mean.0) * (share - mean.1);
        along += (share - mean.1) * (share - mean.1);
    }
    let slope = across / along;
    let left = blocks.iter().map(|(length, share)| {
        let off = length - mean.0 - slope * (share - mean.1);
        off * off
    });
    let error = (left.sum::<f64>() / (n - 2.0) / along).sqrt();
    // Steps by which a block gets shorter for each row that shares a stamp: 0 or -1.
    let sure = slope / step >= SURE - 1.0 && error / step <= SURE / 2.0;
    sure.then_some(step)
}
