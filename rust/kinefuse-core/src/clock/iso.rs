//! Times as ISO 8601 writes them.

use super::unit::MISSING;
use crate::error::{Error, Result};

const NS: i128 = 1_000_000_000;

/// Times as whole nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsoTimes {
    /// Nanoseconds since 1970, in UTC where the texts name a zone; [`MISSING`] where there is none.
    pub ns: Vec<i64>,
    /// What the first text is ahead of UTC, in seconds; `None` if the texts name no zone.
    pub zone_s: Option<i32>,
}

/// Parses `2022-03-29T14:25:22.143+09:00`, with a blank for the `T`, any number of decimals, `Z`,
/// `+0900`, `+09` or no zone at all; seconds or the whole time of day may be left out. An empty
/// text is missing. Fails where a text is something else, or only some of them name a zone.
pub fn parse_iso<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> Result<IsoTimes> {
    let mut ns = Vec::new();
    let mut zone: Option<Option<i32>> = None;
    for (row, text) in texts.into_iter().enumerate() {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            ns.push(MISSING);
            continue;
        };
        let Some((local, own)) = parse(text) else {
            return Err(Error::Input(format!(
                "time: row {row}: expected an ISO 8601 time such as \
                 \"2022-03-29T14:25:22.143+09:00\", got {text:?}"
            )));
        };
        if own.is_some() != zone.get_or_insert(own).is_some() {
            return Err(Error::Input(format!(
                "time: row {row}: {text:?} {} a zone and the rows before {}; \
                 expected one in all or in none",
                if own.is_some() { "names" } else { "lacks" },
                if own.is_some() { "do not" } else { "do" },
            )));
        }
        let utc = local - i128::from(own.unwrap_or(0)) * NS;
        let inside = i64::try_from(utc).ok().filter(|&ns| ns != MISSING);
        let Some(utc) = inside else {
            return Err(Error::Input(format!(
                "time: row {row}: {text:?} is outside the years 1678 to 2261"
            )));
        };
        ns.push(utc);
    }
    Ok(IsoTimes {
        ns,
        zone_s: zone.flatten(),
    })
}

/// Nanoseconds since 1970 on the text's own clock, and its zone in seconds.
fn parse(text: &str) -> Option<(i128, Option<i32>)> {
    let mut rest = Cursor(text.as_bytes());
    let year = rest.digits(4)?;
    rest.skip(b"-")?;
    let month = rest.digits(2)?;
    rest.skip(b"-")?;
    let day = rest.digits(2)?;
    let mut ns = i128::from(date(year, month, day)?) * 86_400 * NS;
    if rest.0.is_empty() {
        return Some((ns, None));
    }
    rest.skip(b"Tt ")?;
    let hour = rest.digits(2)?;
    rest.skip(b":")?;
    let minute = rest.digits(2)?;
    let (mut second, mut fraction) = (0, 0);
    if rest.skip(b":").is_some() {
        second = rest.digits(2)?;
        if rest.skip(b".,").is_some() {
            fraction = rest.fraction()?;
        }
    }
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    ns += i128::from(hour * 3600 + minute * 60 + second) * NS + i128::from(fraction);
    let zone = rest.zone()?;
    rest.0.is_empty().then_some((ns, zone))
}

/// Days since 1970, if there is such a date.
pub(crate) fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days(year, month, day))
}

/// Days since 1970 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn skip(&mut self, any: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        any.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn digits(&mut self, n: usize) -> Option<i64> {
        let (own, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        own.iter().try_fold(0, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + i64::from(digit - b'0'))
        })
    }

    /// Decimals of a second in nanoseconds; those beyond the ninth are cut off.
    fn fraction(&mut self) -> Option<i64> {
        let n = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (own, rest) = self.0.split_at(n);
        self.0 = rest;
        let digit = |i: usize| own.get(i).map_or(0, |b| i64::from(b - b'0'));
        (n > 0).then(|| (0..9).fold(0, |value, i| value * 10 + digit(i)))
    }

    /// The zone at the end, in seconds; `Some(None)` if there is no more text.
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.0.is_empty() {
            return Some(None);
        }
        self.skip(b" ");
        if self.skip(b"Zz").is_some() {
            return Some(Some(0));
        }
        let sign = if self.skip(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2)?;
        self.skip(b":");
        let minutes = if self.0.is_empty() {
            0
        } else {
            self.digits(2)?
        };
        let inside = hours < 24 && minutes < 60;
        inside.then_some(Some(sign * (hours * 3600 + minutes * 60) as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::{MISSING, days, parse_iso};
    use proptest::prelude::{any, prop_assert_eq, proptest};

    fn one(text: &str) -> Option<i64> {
        parse_iso([Some(text)]).ok().map(|found| found.ns[0])
    }

    #[test]
    fn the_ways_to_write_a_time() {
        let expected = 1_648_531_522_143_000_000;
        for text in [
            "2022-03-29T14:25:22.143+09:00",
            "2022-03-29 14:25:22.143000+09:00",
            "2022-03-29T14:25:22,143+0900",
            "2022-03-29t14:25:22.143000000999+09",
            " 2022-03-29T05:25:22.143Z ",
            "2022-03-29 05:25:22.143 +00:00",
            "2022-03-29T05:25:22.143",
            "2022-03-28T19:55:22.143-09:30",
        ] {
            assert_eq!(one(text), Some(expected), "{text}");
        }
        assert_eq!(one("1970-01-01"), Some(0));
        assert_eq!(one("2000-02-29T12:30"), Some(951_827_400_000_000_000));
        assert_eq!(one("2016-12-31T23:59:60Z"), one("2017-01-01T00:00:00Z"));
        assert_eq!(parse_iso([None, Some("")]).unwrap().ns, [MISSING; 2]);
        let zoned = parse_iso([Some("2022-03-29T14:25:22+09:00")]).unwrap();
        assert_eq!(zoned.zone_s, Some(9 * 3600));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "2022",
            "2022-13-01",
            "2022-02-29",
            "2022-03-29T24:00",
            "2022-03-29T14:60",
            "2022-03-29T14:25:22.",
            "2022-03-29T14:25:22+9",
            "2022-03-29T14:25:22 JST",
            "29.3.2022",
            "1648531522143",
            "２０２２-03-29",
            "2022-03-29Z",
            "2900-01-01",
        ] {
            assert_eq!(one(text), None, "{text}");
        }
        let mixed = parse_iso([Some("2022-03-29T14:25:22Z"), Some("2022-03-29T14:25:22")]);
        assert!(mixed.unwrap_err().to_string().contains("row 1"));
    }

    #[test]
    fn days_follow_one_another() {
        let mut expected = days(1677, 1, 1);
        for year in 1677..2263 {
            for month in 1..=12 {
                assert_eq!(days(year, month, 1), expected);
                let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
                expected += match month {
                    2 if leap => 29,
                    2 => 28,
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
            }
        }
        assert_eq!(days(1970, 1, 1), 0);
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_refused(text in "\\PC*") {
            let _ = one(&text);
        }

        #[test]
        fn a_time_of_day(ns in 0i64..86_400_000_000_000, utc in any::<bool>()) {
            let (s, zone) = (ns / 1_000_000_000, if utc { "Z" } else { "" });
            let text = format!(
                "1970-01-01T{:02}:{:02}:{:02}.{:09}{zone}",
                s / 3600, s / 60 % 60, s % 60, ns % 1_000_000_000
            );
            prop_assert_eq!(one(&text), Some(ns));
        }
    }
}
