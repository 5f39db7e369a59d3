//! One number, from the bytes that it is written with.

/// Powers of ten that `f64` holds exactly.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Digits that always fit 64 bits.
const FITTING: usize = 19;
/// Numbers written with more bytes are left to others.
const LONGEST: usize = 64;

/// Reads the number that `text` begins with; returns it and how many bytes it takes. An empty cell
/// is NaN and takes none. `None`: no number, or one that is oddly written.
#[inline(always)]
pub(super) fn read(text: &[u8], decimal: u8) -> Option<(f64, usize)> {
    let byte = |i: usize| text.get(i).copied().unwrap_or(b'\n');
    let negative = byte(0) == b'-';
    let mut at = usize::from(negative || byte(0) == b'+');
    let (mut mantissa, first) = (0u64, at);
    let whole = digits(text, &mut at, &mut mantissa);
    let (mut count, mut power) = (whole, 0i32);
    if byte(at) == decimal {
        at += 1;
        let fraction = digits(text, &mut at, &mut mantissa);
        count += fraction;
        power = -(fraction as i32);
    }
    if count == 0 {
        return match (at, &text[..text.len().min(3)]) {
            (0, b"NaN" | b"nan") => Some((f64::NAN, 3)),
            (0, _) => Some((f64::NAN, 0)),
            _ => None,
        };
    }
    if matches!(byte(at), b'e' | b'E') {
        let signed = matches!(byte(at + 1), b'-' | b'+');
        let below = byte(at + 1) == b'-';
        at += 1 + usize::from(signed);
        let (from, mut exponent) = (at, 0u64);
        let n = digits(text, &mut at, &mut exponent);
        if n == 0 || n > 4 {
            return None;
        }
        debug_assert!(from < at);
        power += if below {
            -(exponent as i32)
        } else {
            exponent as i32
        };
    }
    // Both factors are exact and so is one rounding.
    if count <= FITTING && mantissa <= 1 << 53 && power.unsigned_abs() <= 22 {
        let factor = EXACT[power.unsigned_abs() as usize];
        let value = mantissa as f64;
        let value = if power < 0 {
            value / factor
        } else {
            value * factor
        };
        return Some((if negative { -value } else { value }, at));
    }
    let value = slowly(&text[first..at], decimal)?;
    Some((if negative { -value } else { value }, at))
}

/// Adds the digits from `at` on to `number`, and moves `at` behind them.
#[inline(always)]
fn digits(text: &[u8], at: &mut usize, number: &mut u64) -> usize {
    let from = *at;
    while let Some(digit) = text
        .get(*at)
        .map(|b| b.wrapping_sub(b'0'))
        .filter(|d| *d < 10)
    {
        *number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        *at += 1;
    }
    *at - from
}

/// With all the care that long numbers and large powers take.
#[inline(never)]
fn slowly(cell: &[u8], decimal: u8) -> Option<f64> {
    let parsed = |cell: &[u8]| std::str::from_utf8(cell).ok()?.parse().ok();
    if decimal == b'.' && cell.len() <= LONGEST {
        return parsed(cell);
    }
    let mut written = [0u8; LONGEST];
    let written = written.get_mut(..cell.len())?;
    written.copy_from_slice(cell);
    for byte in written.iter_mut().filter(|byte| **byte == decimal) {
        *byte = b'.';
    }
    parsed(written)
}

#[cfg(test)]
mod tests {
    use super::read;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    fn value(text: &str) -> Option<(f64, usize)> {
        read(text.as_bytes(), b'.')
    }

    #[test]
    fn numbers_as_people_write_them() {
        for text in [
            "0",
            "-0",
            "+1",
            "1.",
            ".5",
            "-.5",
            "1.25",
            "1e3",
            "1E-3",
            "-2.5e+10",
            "0.1",
            "007.5",
            "1600000000.1234",
            "9007199254740993",
            "123456789012345678901234567890",
            "1e-320",
            "1.7976931348623157e308",
            "1e400",
            "0.000000000000000000000000000001",
        ] {
            let expected: f64 = text.parse().unwrap();
            let (found, bytes) = value(text).unwrap();
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
            assert_eq!(bytes, text.len());
        }
    }

    #[test]
    fn what_follows_is_left() {
        assert_eq!(value("1.5,2"), Some((1.5, 3)));
        assert_eq!(value("1.5.2"), Some((1.5, 3)));
        assert_eq!(read(b"1,5;2", b','), Some((1.5, 3)));
        assert_eq!(
            read(b"12345678901234567890,5;", b','),
            Some((12345678901234567890.5, 22))
        );
    }

    #[test]
    fn a_missing_one_is_nan_and_takes_no_byte() {
        for (text, bytes) in [("", 0), (",1", 0), ("\n", 0), ("NaN,1", 3), ("nan", 3)] {
            let (found, taken) = value(text).unwrap();
            assert!(found.is_nan());
            assert_eq!(taken, bytes, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["-", "+", ".", "-NaN", "1e", "1e+", "1e99999"] {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(value(&"1".repeat(65)), None);
    }

    proptest! {
        #[test]
        fn every_number_comes_back_to_the_bit(bits in any::<u64>(), digits in 0usize..25) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                for text in [format!("{number:?}"), format!("{number:.digits$e}")] {
                    let expected: f64 = text.parse().unwrap();
                    let found = value(&text).map(|(v, n)| (v.to_bits(), n));
                    prop_assert_eq!(found, Some((expected.to_bits(), text.len())), "{}", text);
                }
            }
        }

        #[test]
        fn few_digits_too(mantissa in any::<i32>(), digits in 0usize..12) {
            let text = format!("{:.digits$}", f64::from(mantissa) / 1e5);
            let expected: f64 = text.parse().unwrap();
            prop_assert_eq!(value(&text).map(|(v, n)| (v.to_bits(), n)), Some((expected.to_bits(), text.len())));
        }
    }
}
