//! Stamps as numbers of whatever unit.

use std::str::FromStr;

use super::infer_rate;
use crate::error::{Error, Result, bail_input};

/// A stamp that is not there, as NumPy's "not a time".
pub const MISSING: i64 = i64::MIN;

/// Rates that a guessed unit must lead to, in Hz.
const PLAUSIBLE_HZ: std::ops::RangeInclusive<f64> = 0.99..=10_100.0;
/// Seconds since 1970 that are taken for a date: the years 2000 to 2100.
const DATES_S: std::ops::Range<f64> = 946_684_800.0..4_102_444_800.0;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl Unit {
    const ALL: [Unit; 4] = [Unit::S, Unit::Ms, Unit::Us, Unit::Ns];

    /// Its nanoseconds.
    pub fn ns(self) -> i64 {
        match self {
            Unit::S => 1_000_000_000,
            Unit::Ms => 1_000_000,
            Unit::Us => 1000,
            Unit::Ns => 1,
        }
    }

    fn per_second(self) -> f64 {
        (1_000_000_000 / self.ns()) as f64
    }

    /// Its symbol.
    pub fn name(self) -> &'static str {
        match self {
            Unit::S => "s",
            Unit::Ms => "ms",
            Unit::Us => "us",
            Unit::Ns => "ns",
        }
    }
}

impl FromStr for Unit {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match Unit::ALL.into_iter().find(|unit| unit.name() == name) {
            Some(unit) => Ok(unit),
            None => bail_input!("unit: expected \"s\", \"ms\", \"us\" or \"ns\", got {name:?}"),
        }
    }
}

/// The unit in which `numbers` are a clock of 1 Hz to 10 kHz. Dates since 1970 tell by their size;
/// otherwise fractions are seconds where that is possible, and of whole numbers no more than one
/// unit may be. Fails also where they are no clock.
pub fn guess_unit(numbers: &[f64]) -> Result<Unit> {
    let hz = infer_rate(numbers)?.hz;
    let finite = || numbers.iter().copied().filter(|v| v.is_finite());
    let first = finite().next().unwrap_or(0.0);
    let whole = finite().all(|v| v.fract() == 0.0);
    let rate = |unit: Unit| hz * unit.per_second();
    let fits = |unit: &Unit| PLAUSIBLE_HZ.contains(&rate(*unit));
    let found: Vec<Unit> = Unit::ALL.into_iter().filter(fits).collect();
    let dated = |unit: &Unit| DATES_S.contains(&(first / unit.per_second()));
    if let Some(unit) = found.iter().copied().find(dated) {
        return Ok(unit);
    }
    match found.as_slice() {
        [unit] => Ok(*unit),
        [Unit::S, ..] if !whole => Ok(Unit::S),
        [] => bail_input!(
            "time: steps of {} are a clock of 1 Hz to 10 kHz in no unit; say unit=\"s\", \"ms\", \
             \"us\" or \"ns\"",
            1.0 / hz
        ),
        _ => {
            let could: Vec<String> = found
                .iter()
                .map(|unit| format!("unit=\"{}\" ({:.6} Hz)", unit.name(), rate(*unit)))
                .collect();
            bail_input!(
                "time: steps of {} may be several units, expected to be told which: {}",
                1.0 / hz,
                could.join(" or ")
            )
        }
    }
}

/// Seconds since an origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Seconds {
    /// Nanoseconds of the origin.
    pub origin_ns: i64,
    /// Seconds since then; NaN where the stamp is missing.
    pub time_s: Vec<f64>,
    /// How many are missing.
    pub missing: usize,
}

/// Whole numbers of `unit` as seconds since `origin_ns`, or since the whole second before the
/// first of them; exact up to the rounding of the result. [`MISSING`] becomes NaN.
pub fn whole_to_seconds(values: &[i64], unit: Unit, origin_ns: Option<i64>) -> Result<Seconds> {
    let ns = |value: i64| i128::from(value) * i128::from(unit.ns());
    let there = |value: &&i64| **value != MISSING;
    let first = values.iter().find(there).map_or(0, |&v| ns(v));
    let origin = origin(first, origin_ns)?;
    Ok(seconds(
        origin,
        values.iter().map(|&v| {
            if v == MISSING {
                f64::NAN
            } else {
                elapsed_s(ns(v) - i128::from(origin))
            }
        }),
    ))
}

/// The same for numbers with fractions; NaN stays, infinities count as missing.
pub fn real_to_seconds(values: &[f64], unit: Unit, origin_ns: Option<i64>) -> Result<Seconds> {
    let first = values
        .iter()
        .copied()
        .find(|v| v.is_finite())
        .unwrap_or(0.0);
    let origin = origin((first.floor() * unit.ns() as f64) as i128, origin_ns)?;
    let per_second = unit.per_second();
    // In whole units the origin is a whole number or, given by the caller, nearly one.
    let (whole, rest) = (origin.div_euclid(unit.ns()), origin.rem_euclid(unit.ns()));
    let shift = rest as f64 / 1e9;
    Ok(seconds(
        origin,
        values.iter().map(|&v| {
            if v.is_finite() {
                (v - whole as f64) / per_second - shift
            } else {
                f64::NAN
            }
        }),
    ))
}

fn origin(first_ns: i128, given: Option<i64>) -> Result<i64> {
    let second = i128::from(Unit::S.ns());
    let found = given.map_or(first_ns.div_euclid(second) * second, i128::from);
    match i64::try_from(found) {
        Ok(ns) => Ok(ns),
        Err(_) => bail_input!(
            "time: {} s do not fit nanoseconds of 64 bits; is the unit right?",
            found / second
        ),
    }
}

/// Nanoseconds as seconds; whole seconds are split off so that both parts are exact.
fn elapsed_s(ns: i128) -> f64 {
    let second = i128::from(Unit::S.ns());
    let (whole, rest) = (ns.div_euclid(second), ns.rem_euclid(second));
    whole as f64 + rest as f64 / 1e9
}

fn seconds(origin_ns: i64, time_s: impl Iterator<Item = f64>) -> Seconds {
    let time_s: Vec<f64> = time_s.collect();
    let missing = time_s.iter().filter(|t| t.is_nan()).count();
    Seconds {
        origin_ns,
        time_s,
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::{MISSING, Unit, guess_unit, real_to_seconds, whole_to_seconds};
    use proptest::prelude::{prop_assert, proptest};

    fn clock(start: f64, step: f64) -> Vec<f64> {
        (0..50).map(|i| start + f64::from(i) * step).collect()
    }

    #[test]
    fn units_by_date() {
        for (unit, scale) in [(Unit::S, 1.0), (Unit::Ms, 1e3), (Unit::Us, 1e6)] {
            for hz in [1.0, 8.0, 50.0, 100.0] {
                let time: Vec<f64> = clock(1.7e9 * scale, scale / hz);
                assert_eq!(guess_unit(&time).unwrap(), unit, "{unit:?} {hz}");
            }
        }
        assert_eq!(guess_unit(&clock(1.7e18, 1e7)).unwrap(), Unit::Ns);
    }

    #[test]
    fn units_by_step() {
        for (step, unit) in [
            (0.02, Unit::S),
            (0.25, Unit::S),
            (10.0, Unit::Ms),
            (20_000.0, Unit::Us),
            (2e7, Unit::Ns),
        ] {
            assert_eq!(guess_unit(&clock(0.0, step)).unwrap(), unit, "{step}");
        }
        for (step, says) in [
            (1.0, "unit=\"s\" (1.000000 Hz) or unit=\"ms\" (1000"),
            (500.0, "unit=\"ms\" (2.000000 Hz) or unit=\"us\""),
            (1e-6, "in no unit"),
        ] {
            let said = guess_unit(&clock(0.0, step)).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
        for hopeless in [&[][..], &[1.0], &[1.0, 1.0], &[f64::NAN, f64::NAN, 3.0]] {
            assert!(guess_unit(hopeless).is_err());
        }
    }

    #[test]
    fn nothing_is_lost_of_nanoseconds() {
        let start = 1_700_000_000_123_456_789;
        let values = [start, start + 1, MISSING, start + 10_000_000_001];
        let found = whole_to_seconds(&values, Unit::Ns, None).unwrap();
        assert_eq!(found.origin_ns, 1_700_000_000_000_000_000);
        assert_eq!(found.missing, 1);
        let ns: Vec<i64> = found
            .time_s
            .iter()
            .map(|t| (t * 1e9).round() as i64)
            .collect();
        assert_eq!(ns[0], 123_456_789);
        assert_eq!(ns[1], 123_456_790);
        assert_eq!(ns[3], 10_123_456_790);
        assert!(whole_to_seconds(&[i64::MAX], Unit::S, None).is_err());
        assert!(real_to_seconds(&[1e300], Unit::S, None).is_err());
    }

    proptest! {
        #[test]
        fn an_origin_shifts(
            start in -4_000_000_000_000i64..4_000_000_000_000,
            origin in -4_000_000_000_000_000_000i64..4_000_000_000_000_000_000,
        ) {
            let ms = [start, start + 20, start + 40];
            let whole = whole_to_seconds(&ms, Unit::Ms, Some(origin)).unwrap();
            let real = real_to_seconds(&ms.map(|v| v as f64), Unit::Ms, Some(origin)).unwrap();
            for (i, (a, b)) in whole.time_s.iter().zip(&real.time_s).enumerate() {
                let ns = i128::from(ms[i]) * 1_000_000 - i128::from(origin);
                let expected = ns as f64 / 1e9;
                prop_assert!((a - expected).abs() <= 4.0 * f64::EPSILON * expected.abs());
                prop_assert!((b - expected).abs() <= 4e-6);
            }
        }
    }
}
