//! Rows of cells, several pieces of the text at a time.

use std::collections::HashMap;

use rayon::prelude::*;

use super::number::read;
use crate::error::{Result, bail_input, bail_shape};

/// Bytes of text that a thread takes at a time.
const PIECE: usize = 1 << 18;
/// A column that nobody wants.
const UNWANTED: usize = usize::MAX;

/// How rows are written.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// What stands between two cells.
    pub separator: u8,
    /// What stands before a fraction.
    pub decimal: u8,
    /// Cells of every row.
    pub columns: usize,
    /// Whether a wanted cell may be empty.
    pub empty: bool,
}

impl Writing {
    fn check(&self) -> Result<()> {
        let signs = [self.separator, self.decimal];
        if signs[0] == signs[1]
            || self.columns == 0
            || signs.iter().any(|b| b"\r\n0123456789+-eE\"".contains(b))
        {
            bail_input!(
                "separator, decimal, columns: expected two characters that are in no number and at \
                 least one column, got {:?}, {:?} and {}",
                signs[0] as char,
                signs[1] as char,
                self.columns
            );
        }
        Ok(())
    }
}

/// A text, cut between rows.
#[derive(Debug, Clone)]
pub struct Rows<'t> {
    pieces: Vec<(&'t [u8], usize)>,
    rows: usize,
}

impl<'t> Rows<'t> {
    /// Counts the rows of a text: its lines, the last one with or without an end.
    pub fn of(text: &'t [u8]) -> Self {
        let mut cut = Vec::with_capacity(text.len() / PIECE + 1);
        let mut rest = text;
        while rest.len() > PIECE {
            let Some(end) = rest[PIECE..].iter().position(|&b| b == b'\n') else {
                break;
            };
            let (piece, after) = rest.split_at(PIECE + end + 1);
            cut.push(piece);
            rest = after;
        }
        if !rest.is_empty() {
            cut.push(rest);
        }
        let pieces: Vec<_> = cut
            .into_par_iter()
            .map(|piece| (piece, lines(piece)))
            .collect();
        let rows = pieces.iter().map(|(_, rows)| rows).sum();
        Rows { pieces, rows }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Writes the cells of the columns `wanted`, counted from 0, into `out` `(rows, wanted)`; an
    /// empty cell is NaN. False: a wanted cell holds no number, or one with blanks or quotes
    /// around it, a row is blank, or has more or fewer cells than `writing` says; `out` is then
    /// worth nothing. Cells that are not wanted may hold anything but quotes.
    pub fn parse_into(&self, writing: Writing, wanted: &[usize], out: &mut [f64]) -> Result<bool> {
        writing.check()?;
        let Writing {
            separator,
            decimal,
            columns,
            empty,
        } = writing;
        let mut places = vec![UNWANTED; columns];
        for (place, &column) in wanted.iter().enumerate() {
            match places.get_mut(column) {
                Some(slot) if *slot == UNWANTED => *slot = place,
                _ => {
                    bail_input!("wanted: expected columns below {columns}, each once, got {column}")
                }
            }
        }
        if wanted.is_empty() || out.len() != self.rows * wanted.len() {
            bail_shape!(
                "out: expected ({}, {}), at least one column, got {} values",
                self.rows,
                wanted.len(),
                out.len()
            );
        }
        let mut parts = Vec::with_capacity(self.pieces.len());
        let mut rest = out;
        for &(piece, rows) in &self.pieces {
            let (part, after) = rest.split_at_mut(rows * wanted.len());
            parts.push((piece, part));
            rest = after;
        }
        Ok(parts.into_par_iter().all(|(piece, part)| {
            parse_piece(
                piece,
                (separator, decimal, empty),
                &places,
                wanted.len(),
                part,
            )
            .is_some()
        }))
    }

    /// Writes, for each row, where its cell of a column stands among the different ones into `out`
    /// `(rows,)`, -1 for an empty one, and returns those in the order in which they come up, without
    /// blanks around them. `None`: they are more than `most`, or not UTF-8, or the rows are not as
    /// [`Rows::parse_into`] asks.
    pub fn code_into(
        &self,
        writing: Writing,
        column: usize,
        most: usize,
        out: &mut [i32],
    ) -> Result<Option<Vec<&'t str>>> {
        writing.check()?;
        if column >= writing.columns || out.len() != self.rows {
            bail_shape!(
                "out: expected {} rows and a column below {}, got {} and {column}",
                self.rows,
                writing.columns,
                out.len()
            );
        }
        let mut parts = Vec::with_capacity(self.pieces.len());
        let mut rest = &mut *out;
        for &(piece, rows) in &self.pieces {
            let (part, after) = rest.split_at_mut(rows);
            parts.push((piece, part));
            rest = after;
        }
        let named: Option<Vec<_>> = parts
            .into_par_iter()
            .map(|(piece, part)| code_piece(piece, writing, column, most, part))
            .collect();
        let Some(named) = named else { return Ok(None) };
        let mut names = Names::default();
        let mut first = 0;
        for (&(_, rows), own) in self.pieces.iter().zip(named) {
            let places: Vec<i32> = own.iter().map(|name| names.place(name)).collect();
            for code in out[first..first + rows]
                .iter_mut()
                .filter(|code| **code >= 0)
            {
                *code = places[*code as usize];
            }
            first += rows;
        }
        Ok((names.list.len() <= most).then_some(names.list))
    }
}

/// Different texts and the number of each, in the order in which they came.
#[derive(Default)]
struct Names<'t> {
    list: Vec<&'t str>,
    places: HashMap<&'t str, i32>,
}

impl<'t> Names<'t> {
    fn place(&mut self, name: &'t str) -> i32 {
        *self.places.entry(name).or_insert_with(|| {
            self.list.push(name);
            self.list.len() as i32 - 1
        })
    }
}

fn lines(piece: &[u8]) -> usize {
    // Sums of bytes: the compiler counts 32 at once.
    let ends: usize = piece
        .chunks(255)
        .map(|chunk| usize::from(chunk.iter().map(|&b| u8::from(b == b'\n')).sum::<u8>()))
        .sum();
    ends + usize::from(piece.last().is_some_and(|&b| b != b'\n'))
}

fn parse_piece(
    text: &[u8],
    (separator, decimal, empty): (u8, u8, bool),
    places: &[usize],
    width: usize,
    out: &mut [f64],
) -> Option<()> {
    let mut rest = text;
    let last = places.len() - 1;
    for row in out.chunks_exact_mut(width) {
        if matches!(rest.first(), None | Some(b'\n' | b'\r')) {
            return None;
        }
        for (column, &place) in places.iter().enumerate() {
            let taken = if place == UNWANTED {
                let end = |&b: &u8| b == separator || b == b'\n';
                rest.iter().position(end).unwrap_or(rest.len())
            } else {
                let (value, taken) = read(rest, decimal)?;
                if taken == 0 && !empty {
                    return None;
                }
                row[place] = value;
                taken
            };
            rest = &rest[taken..];
            rest = if column < last {
                rest.strip_prefix(&[separator])?
            } else if rest.is_empty() {
                rest
            } else {
                rest.strip_prefix(b"\r")
                    .unwrap_or(rest)
                    .strip_prefix(b"\n")?
            };
        }
    }
    rest.is_empty().then_some(())
}

fn code_piece<'t>(
    text: &'t [u8],
    writing: Writing,
    column: usize,
    most: usize,
    out: &mut [i32],
) -> Option<Vec<&'t str>> {
    let mut names = Names::default();
    let mut rest = text;
    let (mut last, mut code): (&[u8], i32) = (b"", -1);
    for row in out {
        if matches!(rest.first(), None | Some(b'\n' | b'\r')) {
            return None;
        }
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let mut cells = line.split(|&b| b == writing.separator);
        let cell = cells.nth(column)?;
        if cells.count() != writing.columns - column - 1 {
            return None;
        }
        if cell != last {
            last = cell;
            code = match cell {
                b"" => -1,
                _ => names.place(std::str::from_utf8(cell).ok()?.trim()),
            };
            if names.list.len() > most {
                return None;
            }
        }
        *row = code;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Some(names.list)
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Rows, Writing};
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

    const COMMAS: Writing = Writing {
        separator: b',',
        decimal: b'.',
        columns: 3,
        empty: true,
    };

    fn parse(text: &str, writing: Writing, wanted: &[usize]) -> Option<Vec<f64>> {
        let rows = Rows::of(text.as_bytes());
        let mut out = vec![0.0; rows.len() * wanted.len()];
        rows.parse_into(writing, wanted, &mut out)
            .unwrap()
            .then_some(out)
    }

    #[test]
    fn wanted_columns_in_the_order_asked_for() {
        let text = "1,a,2.5\n-3,é,4e1\r\n5,,6";
        assert_eq!(
            parse(text, COMMAS, &[2, 0]),
            Some(vec![2.5, 1.0, 40.0, -3.0, 6.0, 5.0])
        );
    }

    #[test]
    fn decimal_commas() {
        let writing = Writing {
            separator: b';',
            decimal: b',',
            columns: 2,
            empty: true,
        };
        assert_eq!(parse("1,5;2\n", writing, &[0, 1]), Some(vec![1.5, 2.0]));
    }

    #[test]
    fn an_empty_cell_is_nan() {
        let found = parse("1,,3\n,2,\n", COMMAS, &[0, 1, 2]).unwrap();
        assert_eq!(
            found.iter().map(|v| v.is_nan()).collect::<Vec<_>>(),
            [false, true, false, true, false, true]
        );
    }

    #[test]
    fn an_empty_cell_may_be_refused() {
        let full = Writing {
            empty: false,
            ..COMMAS
        };
        assert!(parse("1,NaN,3\n", full, &[0, 1, 2]).is_some());
        assert!(parse("1,,3\n", full, &[0, 2]).is_some());
        for text in ["1,,3\n", "1,2,\n", ",2,3"] {
            assert_eq!(parse(text, full, &[0, 1, 2]), None);
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in [
            "1,2\n",
            "1,2,3,4\n",
            "1,2,3,\n",
            "1, 2,3\n",
            "1,2,3 \n",
            "1,\"2\",3\n",
            "1,x,3\n",
            "1,2,3\n\n4,5,6\n",
            "\n1,2,3\n",
            "1,2,3\n\n",
            "1,2,3\r4,5,6\n",
            "1,2,3\n4,5",
            "1,2.3.4,5\n",
            "\r\n",
        ] {
            assert_eq!(parse(text, COMMAS, &[0, 1, 2]), None, "{text:?}");
        }
    }

    #[test]
    fn no_text_has_no_rows() {
        assert!(Rows::of(b"").is_empty());
        assert_eq!(parse("", COMMAS, &[0]), Some(vec![]));
    }

    #[test]
    fn arguments_that_make_no_sense_are_refused() {
        let rows = Rows::of(b"1,2,3\n");
        let mut out = [0.0; 2];
        for (writing, wanted) in [
            (COMMAS, vec![0, 3]),
            (COMMAS, vec![1, 1]),
            (COMMAS, vec![]),
            (COMMAS, vec![0]),
            (
                Writing {
                    separator: b'.',
                    ..COMMAS
                },
                vec![0, 1],
            ),
            (
                Writing {
                    separator: b'-',
                    ..COMMAS
                },
                vec![0, 1],
            ),
        ] {
            assert!(rows.parse_into(writing, &wanted, &mut out).is_err());
        }
    }

    fn cell() -> impl Strategy<Value = String> {
        proptest::prop_oneof![
            5 => any::<f32>().prop_map(|v| if v.is_finite() { format!("{v}") } else { "NaN".into() }),
            3 => any::<i16>().prop_map(|v| format!("{}", f64::from(v) / 100.0)),
            1 => Just(String::new()),
        ]
    }

    proptest! {
        #[test]
        fn any_table_comes_back(
            table in (1usize..5).prop_flat_map(|columns| prop::collection::vec(
                prop::collection::vec(cell(), columns), 1..30)),
            repeats in 1usize..300,
            ended in any::<bool>(),
        ) {
            let columns = table[0].len();
            // A row of one empty cell is a blank line.
            let table: Vec<_> = table.into_iter().filter(|row| row.iter().any(|c| !c.is_empty()) || columns > 1).collect();
            let lines: Vec<_> = table.iter().map(|row| row.join(";")).collect();
            let mut text = format!("{}\n", lines.join("\n")).repeat(if table.is_empty() { 0 } else { repeats });
            if !ended { text.pop(); }
            let writing = Writing { separator: b';', decimal: b'.', columns, empty: true };
            let wanted: Vec<_> = (0..columns).collect();
            if !(text.ends_with(';') || text.is_empty()) || ended {
                let found = parse(&text, writing, &wanted);
                prop_assert!(found.is_some(), "{:?}", &text[..text.len().min(99)]);
                let found = found.unwrap();
                let expected = table.iter().flatten().map(|c| c.parse().unwrap_or(f64::NAN));
                let expected: Vec<u64> = expected.map(f64::to_bits).collect();
                prop_assert_eq!(found.len(), expected.len() * if table.is_empty() { 0 } else { repeats });
                for (v, e) in found.iter().zip(expected.iter().cycle()) {
                    prop_assert!(v.to_bits() == *e || (v.is_nan() && f64::from_bits(*e).is_nan()));
                }
            }
        }

        #[test]
        fn any_bytes_do_no_harm(text in prop::collection::vec(proptest::sample::select(b"01,.-\n\r e;\"N".to_vec()), 0..200)) {
            let rows = Rows::of(&text);
            let mut out = vec![0.0; rows.len() * 2];
            rows.parse_into(COMMAS, &[0, 2], &mut out).unwrap();
        }
    }

    fn code(text: &str, column: usize) -> Option<(Vec<i32>, Vec<String>)> {
        let rows = Rows::of(text.as_bytes());
        let mut out = vec![0; rows.len()];
        let names = rows.code_into(COMMAS, column, 3, &mut out).unwrap()?;
        Some((out, names.into_iter().map(str::to_owned).collect()))
    }

    #[test]
    fn names_are_numbered_as_they_come() {
        let text = "1,walk,2\n1, sit,2\r\n1,sit ,2\n1,,2\n1,\u{e9},2\n1,walk,";
        let names = ["walk", "sit", "\u{e9}"].map(str::to_owned).to_vec();
        assert_eq!(code(text, 1), Some((vec![0, 1, 1, -1, 2, 0], names)));
        assert_eq!(code("1,2,  \n", 2), Some((vec![0], vec![String::new()])));
    }

    #[test]
    fn too_many_names_and_odd_rows_are_left_to_others() {
        for text in [
            "1,a,2\n1,b,2\n1,c,2\n1,d,2\n",
            "1,a\n",
            "1,a,2,3\n",
            "1,a,2\n\n",
        ] {
            assert_eq!(code(text, 1), None, "{text:?}");
        }
        let rows = Rows::of(b"1,\xff,2\n");
        assert!(rows.code_into(COMMAS, 1, 3, &mut [0]).unwrap().is_none());
        assert!(rows.code_into(COMMAS, 3, 3, &mut [0]).is_err());
        assert!(rows.code_into(COMMAS, 1, 3, &mut []).is_err());
    }

    #[test]
    fn names_of_all_pieces_are_one_list() {
        let text = format!(
            "{}{}",
            "1,b,2\n".repeat(PIECE / 6 + 9),
            "1,a,2\n1,b,2\n".repeat(PIECE / 12)
        );
        let (codes, names) = code(&text, 1).unwrap();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(codes.len(), text.lines().count());
        assert!(
            codes
                .iter()
                .zip(text.lines())
                .all(|(&c, l)| l.contains(&names[c as usize]))
        );
    }

    #[test]
    fn pieces_make_no_difference() {
        let row = "123.25,abc,-7\n";
        let text = row.repeat(3 * PIECE / row.len());
        let found = parse(&text, COMMAS, &[0, 2]).unwrap();
        assert_eq!(found.len(), 2 * (3 * PIECE / row.len()));
        assert!(found.chunks(2).all(|row| row == [123.25, -7.0]));
    }
}
