//! One shard: rows of float32, from a mapped `.npy` file or from memory.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use super::npy::parse_header;
use crate::error::{Error, Result};

/// Bytes of a value.
const SIZE: usize = size_of::<f32>();

/// Rows of values: samples `(N, C)` or frames `(N, J, D)`.
#[derive(Debug)]
pub struct Shard {
    values: Values,
    shape: Vec<usize>,
    width: usize,
}

#[derive(Debug)]
enum Values {
    Mapped { map: Mmap, offset: usize },
    Owned(Vec<f32>),
}

impl Shard {
    /// Maps a C-ordered little-endian float32 `.npy` file.
    ///
    /// The file must not be shortened while it is mapped: the system would end the process.
    pub fn open(path: &Path) -> Result<Shard> {
        let bad = |message: String| Error::Format {
            path: path.display().to_string(),
            message,
        };
        let file = File::open(path).map_err(|e| Error::Store {
            path: path.display().to_string(),
            message: format!("cannot be opened: {e}"),
        })?;
        // SAFETY: a mapping is undefined if the file changes under it. Shards are written under a
        // temporary name and renamed when whole, and never written to afterwards.
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(&file) }.map_err(|e| bad(format!("cannot be mapped: {e}")))?;
        let header = parse_header(&map).map_err(bad)?;
        if header.descr != "<f4" {
            let found = &header.descr;
            return Err(bad(format!("expected float32 values (<f4), got {found}")));
        }
        if header.fortran_order {
            return Err(bad("expected rows in C order, got Fortran order".into()));
        }
        let (rows, width) = dimensions(&header.shape).map_err(bad)?;
        let expected = rows
            .checked_mul(width)
            .and_then(|n| n.checked_mul(SIZE))
            .and_then(|n| n.checked_add(header.offset))
            .ok_or_else(|| bad(format!("dimensions {:?} are too large", header.shape)))?;
        if map.len() != expected {
            return Err(bad(format!(
                "expected {expected} bytes for shape {:?}, the file has {}",
                header.shape,
                map.len()
            )));
        }
        let offset = header.offset;
        Ok(Shard {
            values: Values::Mapped { map, offset },
            shape: header.shape,
            width,
        })
    }

    /// Takes rows that are in memory already.
    pub fn from_values(values: Vec<f32>, shape: Vec<usize>) -> Result<Shard> {
        let (rows, width) = dimensions(&shape).map_err(Error::Shape)?;
        if rows.checked_mul(width) != Some(values.len()) {
            return Err(Error::Shape(format!(
                "shard: {} values do not fill shape {shape:?}",
                values.len()
            )));
        }
        Ok(Shard {
            values: Values::Owned(values),
            shape,
            width,
        })
    }

    /// Dimensions, rows first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.shape[0]
    }

    /// Values of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Replaces `out` by rows `start..start + rows`, which must be there.
    pub fn read_into(&self, start: usize, rows: usize, out: &mut Vec<f32>) {
        let values = start * self.width..(start + rows) * self.width;
        out.clear();
        match &self.values {
            Values::Mapped { map, offset } => {
                let bytes = &map[offset + SIZE * values.start..offset + SIZE * values.end];
                let (words, _) = bytes.as_chunks::<SIZE>();
                out.extend(words.iter().map(|&word| f32::from_le_bytes(word)));
            }
            Values::Owned(all) => out.extend_from_slice(&all[values]),
        }
    }
}

/// Rows and values of a row.
fn dimensions(shape: &[usize]) -> std::result::Result<(usize, usize), String> {
    match *shape {
        [rows, channels] if channels > 0 => Ok((rows, channels)),
        [rows, joints, coordinates] if joints > 0 && coordinates > 0 => joints
            .checked_mul(coordinates)
            .map(|width| (rows, width))
            .ok_or_else(|| format!("dimensions {shape:?} are too large")),
        _ => Err(format!(
            "expected shape (N, C) or (N, J, D), no dimension 0 but N, got {shape:?}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let name = format!("kinefuse-{}-{name}.npy", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn npy(dictionary: &str, values: &[f32]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((dictionary.len() as u16).to_le_bytes());
        bytes.extend(dictionary.bytes());
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    #[test]
    fn a_mapped_file_and_memory_read_the_same() {
        let values: Vec<f32> = (0..12).map(|v| v as f32).collect();
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), }";
        let path = write("same", &npy(text, &values));
        let mapped = Shard::open(&path).unwrap();
        let owned = Shard::from_values(values, vec![4, 3]).unwrap();
        for shard in [&mapped, &owned] {
            assert_eq!((shard.rows(), shard.width()), (4, 3));
            let mut out = vec![9.0; 50];
            shard.read_into(1, 2, &mut out);
            assert_eq!(out, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn refuses_what_is_not_float32_rows() {
        let cases = [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
                "<f8",
            ),
            (
                "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
                "Fortran",
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }",
                "(N, C)",
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }",
                "bytes",
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }",
                "too large",
            ),
        ];
        for (i, (text, wanted)) in cases.into_iter().enumerate() {
            let path = write(&format!("refuse{i}"), &npy(text, &[0.0; 6]));
            let message = Shard::open(&path).unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
            std::fs::remove_file(path).unwrap();
        }
    }
}
