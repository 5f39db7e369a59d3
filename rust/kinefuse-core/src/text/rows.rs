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
mod tests;
