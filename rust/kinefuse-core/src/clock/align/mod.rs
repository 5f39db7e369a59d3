//! Two devices on one time line.

mod correlate;
mod events;
mod signal;

pub use events::align_events;

use super::line;
use crate::error::{Error, Result, bail_input};
use correlate::{Correlator, top};
use signal::Device;

/// Windows that correlate less say nothing.
const MIN_CORRELATION: f64 = 0.3;
/// Windows or events that a drift is read from at least.
const ENOUGH: usize = 5;
/// Seconds around each value whose mean is taken off: gravity goes, movement stays.
const LEVEL_S: f64 = 1.0;
/// Seconds to each side of the common offset in which windows look for their own, and per second
/// from the middle of the recording: clocks differ by less than 300 millionths.
const REACH_S: f64 = 0.5;
const REACH: f64 = 300e-6;
/// Points of a window and its lags beyond which the request is a mistake.
const MAX_POINTS: f64 = 2e7;

/// How to align.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignSettings {
    /// The largest offset looked for, in seconds.
    pub max_offset_s: f64,
    /// The length of a window, in seconds; shorter if the recording does not hold three.
    pub window_s: f64,
    /// Longer steps are gaps, in seconds.
    pub max_gap_s: f64,
    /// Whether the offset may change with time.
    pub drift: bool,
}

/// One window or pair of events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Its time on the second device's clock, in seconds.
    pub time_s: f64,
    /// What the first clock says more, in seconds.
    pub offset_s: f64,
    /// How well the two agree there, 0 to 1.
    pub correlation: f64,
    /// Whether it lies on the line.
    pub used: bool,
}

/// `time on the first clock = t + offset_s + drift * (t - reference_s)`, `t` on the second.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// In seconds, at `reference_s`.
    pub offset_s: f64,
    /// Seconds a second; NaN if there were too few matches to tell.
    pub drift: f64,
    /// A time on the second clock, in seconds.
    pub reference_s: f64,
    /// Its standard error.
    pub offset_error_s: f64,
    /// That of the drift.
    pub drift_error: f64,
    /// From 0 to 1.
    pub confidence: f64,
    /// The height of the best other offset as a share of that of the best.
    pub rival: f64,
    /// What it was read from.
    pub matches: Vec<Match>,
}

/// One device as arrays: stamps in seconds, `c` values a stamp.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// Stamps.
    pub time_s: &'a [f64],
    /// Samples.
    pub x: &'a [f64],
    /// Channels.
    pub c: usize,
}

/// Finds what the clock of `a` says more than that of `b`, from how hard both devices are
/// accelerated: the offset that most windows along the recording agree on, then each window's own
/// offset near it, to a fraction of a sample, and a straight line through those.
pub fn align(a: Recorded<'_>, b: Recorded<'_>, settings: AlignSettings) -> Result<Alignment> {
    for (name, value) in [
        ("max_offset_s", settings.max_offset_s),
        ("window_s", settings.window_s),
    ] {
        if !(value.is_finite() && value > 0.0) {
            bail_input!("{name}: expected a finite number of seconds above 0, got {value}");
        }
    }
    let first = Device::new("a", a.time_s, a.x, a.c, settings.max_gap_s)?;
    let second = Device::new("b", b.time_s, b.x, b.c, settings.max_gap_s)?;
    let search = Search::new(first, second, settings)?;
    let (coarse, rival) = search.common_offset()?;
    let middle = 0.5 * (search.a.start_s() + search.a.end_s());
    let half = 0.5 * (search.a.end_s() - search.a.start_s());
    let wide = search.each_window(REACH_S + REACH * half, |_| coarse);
    let line = fit(&wide, settings.drift, 0.25 / search.rate_hz, middle)?;
    // Once more, close to the line: windows that took the wrong one of two peaks find theirs.
    let at = |time_a: f64| line.at(time_a - line.at_middle - middle);
    let mut matches = search.each_window(0.5 * REACH_S, at);
    let line = fit(&matches, settings.drift, 0.25 / search.rate_hz, middle)?;
    let near = (4.0 * line.spread).clamp(1.0 / search.rate_hz, 0.5 * REACH_S);
    let mut heights = Vec::new();
    for m in &mut matches {
        m.used = m.correlation >= MIN_CORRELATION
            && (m.offset_s - line.at(m.time_s - middle)).abs() <= near;
        if m.used {
            heights.push(m.correlation);
        }
    }
    let share = heights.len() as f64 / matches.len() as f64;
    let height = if heights.is_empty() {
        0.0
    } else {
        line::median(heights)
    };
    Ok(alignment(line, middle, share * height, rival, matches))
}

fn alignment(
    line: line::Line,
    middle: f64,
    confidence: f64,
    rival: f64,
    matches: Vec<Match>,
) -> Alignment {
    let sloped = !line.slope_error.is_nan();
    Alignment {
        offset_s: line.at_middle,
        drift: if sloped { line.slope } else { f64::NAN },
        reference_s: middle + line.middle,
        offset_error_s: line.at_middle_error,
        drift_error: line.slope_error,
        confidence,
        rival,
        matches,
    }
}

/// The line through the offsets of the windows that correlate, over time from `middle` on.
fn fit(matches: &[Match], drift: bool, floor: f64, middle: f64) -> Result<line::Line> {
    let told: Vec<&Match> = matches
        .iter()
        .filter(|m| m.correlation >= MIN_CORRELATION)
        .collect();
    if told.is_empty() {
        bail_input!(
            "a, b: in no window do the two move alike (correlation of {MIN_CORRELATION} or more); \
             expected one body and clocks at most max_offset_s apart"
        );
    }
    let points: Vec<(f64, f64)> = told
        .iter()
        .map(|m| (m.time_s - middle, m.offset_s))
        .collect();
    let weights: Vec<f64> = told.iter().map(|m| m.correlation * m.correlation).collect();
    Ok(line::fit(
        &points,
        &weights,
        drift && points.len() >= ENOUGH,
        floor,
    ))
}

struct Search {
    a: Device,
    b: Device,
    rate_hz: f64,
    max_offset_s: f64,
    /// Points of a window, and around it for its level.
    window: usize,
    around: usize,
    starts: Vec<f64>,
}

impl Search {
    fn new(a: Device, b: Device, settings: AlignSettings) -> Result<Self> {
        let rate_hz = a.rate_hz().max(b.rate_hz());
        let from = a.start_s().max(b.start_s() - settings.max_offset_s);
        let to = a.end_s().min(b.end_s() + settings.max_offset_s);
        let window_s = settings.window_s.min((to - from) / 3.0);
        let points = (window_s + 2.0 * (settings.max_offset_s + LEVEL_S)) * rate_hz;
        let window = (window_s * rate_hz) as usize;
        if window < 8 {
            return Err(Error::Time {
                message: format!(
                    "a, b: the recordings ({} to {} s and {} to {} s) have no time in common at \
                     offsets up to {} s",
                    a.start_s(),
                    a.end_s(),
                    b.start_s(),
                    b.end_s(),
                    settings.max_offset_s
                ),
                row: 0,
                time_s: a.start_s(),
            });
        }
        if points > MAX_POINTS {
            bail_input!(
                "max_offset_s, window_s: {points} points a window at {rate_hz} Hz are too many; \
                 expected fewer seconds"
            );
        }
        let stride = 0.5 * window_s;
        let n = ((to - from - window_s) / stride + 1e-9) as usize + 1;
        Ok(Search {
            rate_hz,
            max_offset_s: settings.max_offset_s,
            window,
            around: ((LEVEL_S * rate_hz) as usize).max(1),
            starts: (0..n).map(|k| from + k as f64 * stride).collect(),
            a,
            b,
        })
    }

    /// The offset at which windows correlate best on average, and the best average elsewhere as a
    /// share of it.
    fn common_offset(&self) -> Result<(f64, f64)> {
        let reach = (self.max_offset_s * self.rate_hz).ceil() as usize;
        let correlator = Correlator::new(self.window, 2 * reach + 1);
        let mut sums = vec![(0.0, 0.0); 2 * reach + 1];
        for &start in &self.starts {
            let found = self.correlate(&correlator, start, start, reach);
            for (sum, (r, n)) in sums.iter_mut().zip(found) {
                let weight = n / self.window as f64;
                sum.0 += r * weight;
                sum.1 += weight;
            }
        }
        // An offset that few windows speak for is not the best for that: hence the 1.
        let votes: Vec<f64> = sums.iter().map(|(r, n)| r / (n + 1.0)).collect();
        let best = (0..votes.len()).max_by(|&i, &j| votes[i].total_cmp(&votes[j]));
        let best = best.unwrap_or(reach);
        if votes[best] <= 0.0 {
            bail_input!("a, b: the two have no movement in common at any offset looked for");
        }
        let apart = (REACH_S * self.rate_hz) as usize;
        let elsewhere = votes
            .iter()
            .enumerate()
            .filter(|(i, _)| i.abs_diff(best) > apart);
        let rival = elsewhere.fold(0.0f64, |most, (_, &v)| most.max(v));
        let offset = (reach as f64 - best as f64) / self.rate_hz;
        Ok((offset, rival / votes[best]))
    }

    /// The best offset of each window within `reach_s` of what `expected` says of its time on a's
    /// clock.
    fn each_window(&self, reach_s: f64, expected: impl Fn(f64) -> f64) -> Vec<Match> {
        let reach = (reach_s * self.rate_hz).ceil() as usize + 1;
        let correlator = Correlator::new(self.window, 2 * reach + 1);
        let half = 0.5 * self.window as f64 / self.rate_hz;
        let mut matches = Vec::with_capacity(self.starts.len());
        for &start in &self.starts {
            let centre = expected(start + half);
            let found = self.correlate(&correlator, start, start - centre, reach);
            let inner = 1..found.len() - 1;
            let Some(best) = inner.max_by(|&i, &j| found[i].0.total_cmp(&found[j].0)) else {
                continue;
            };
            if 2.0 * found[best].1 < self.window as f64 {
                continue;
            }
            let (place, height) = top(found[best - 1].0, found[best].0, found[best + 1].0);
            let lag = (best as f64 - reach as f64 + place) / self.rate_hz;
            matches.push(Match {
                time_s: start + half - centre + lag,
                offset_s: centre - lag,
                correlation: height.clamp(0.0, 1.0),
                used: false,
            });
        }
        matches
    }

    /// The window of `a` from `start_a` on with `b` around `start_b`, `reach` points to each side.
    fn correlate(
        &self,
        correlator: &Correlator,
        start_a: f64,
        start_b: f64,
        reach: usize,
    ) -> Vec<(f64, f64)> {
        let a = self.a.look(start_a, self.rate_hz, self.window, self.around);
        let from = start_b - reach as f64 / self.rate_hz;
        let b = self
            .b
            .look(from, self.rate_hz, self.window + 2 * reach, self.around);
        correlator.run(&a, &b)
    }
}

#[cfg(test)]
mod tests;
