//! The size of a download.

use std::{fmt, io::Write, ops::Add};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

/// The size of a file in bytes: uncompressed, with gzip and with brotli.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bytes {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl Bytes {
    pub(crate) fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let mut brotli = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: content.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut &*content, &mut brotli, &parameters)?;

        Ok(Self {
            raw: content.len(),
            gzip: gzip.finish()?.len(),
            brotli: brotli.len(),
        })
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { raw, gzip, brotli } = self;
        write!(f, "{raw:>10} {gzip:>10} {brotli:>10}")
    }
}

impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            raw: self.raw + other.raw,
            gzip: self.gzip + other.gzip,
            brotli: self.brotli + other.brotli,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_measured() {
        let Bytes { raw, gzip, brotli } = Bytes::of(&[b'a'; 10_000]).unwrap();

        assert_eq!(raw, 10_000);
        assert!((10..100).contains(&gzip), "{gzip}");
        assert!((5..gzip).contains(&brotli), "{brotli}");
    }
}
