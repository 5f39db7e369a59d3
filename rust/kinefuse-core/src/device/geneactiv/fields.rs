//! `Key:value` lines, the numbers and the times in them.

use crate::device::seconds;

/// The key and the value of a line, without blanks around them.
pub(super) fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii()))
}

/// The finite number that a text begins with, decimal comma or point: `85.7 Hz`.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    let text: String = text
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || b"+-.,".contains(byte))
        .map(|&byte| char::from(if byte == b',' { b'.' } else { byte }))
        .collect();
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Seconds since 1970 of `2019-05-21 16:16:43:500`.
pub(super) fn time(text: &[u8]) -> Option<f64> {
    let text: &[u8; 23] = text.try_into().ok()?;
    let marks = [
        (4, b'-'),
        (7, b'-'),
        (10, b' '),
        (13, b':'),
        (16, b':'),
        (19, b':'),
    ];
    if marks.iter().any(|&(at, mark)| text[at] != mark) {
        return None;
    }
    let digits = |from: usize, n: usize| {
        text[from..from + n].iter().try_fold(0, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + i64::from(digit - b'0'))
        })
    };
    let whole = seconds(
        (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?),
        (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?),
    )?;
    Some(whole as f64 + digits(20, 3)? as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::{field, number, time};

    #[test]
    fn numbers_and_times() {
        assert_eq!(number(b"85.7 Hz"), Some(85.7));
        assert_eq!(number(b"85,7"), Some(85.7));
        assert_eq!(number(b"-3056"), Some(-3056.0));
        for text in ["", "Hz", "1-2", "1.2.3", "nan"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(time(b"2019-05-21 16:16:43:500"), Some(1_558_455_403.5));
        for text in [
            "2019-05-21 16:16:43.500",
            "2019-05-21 16:16:43",
            "2019-02-29 16:16:43:500",
            "2019-05-21 24:16:43:500",
            "2019-05-21 16:16:4x:500",
        ] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(
            field(b"Page Time: 1:2 \r"),
            Some((&b"Page Time"[..], &b"1:2"[..]))
        );
        assert_eq!(field(b"0C4F"), None);
    }
}
