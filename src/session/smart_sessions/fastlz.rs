//! FastLZ, the compression of the data that enables a session.

/// The form of the data by which an operation enables its session. All forms are streams of FastLZ (level 1), which the
/// module unpacks on chain.
///
/// # Examples
///
/// ```
/// use use_aa::session::smart_sessions::{GasPrices, Packing};
///
/// let words = [[0; 31].as_slice(), &[7]].concat().repeat(100);
/// let (ethereum, rollup) = (GasPrices::ETHEREUM, GasPrices { zero_byte: 100, byte: 400, ..GasPrices::ETHEREUM });
/// let literal = Packing::Literal.pack(&words);
/// let compressed = Packing::Compressed(rollup).pack(&words);
/// assert!(compressed.len() < literal.len() / 20);
/// assert_eq!(Packing::Cheapest(ethereum).pack(&words), literal);
/// assert_eq!(Packing::Cheapest(rollup).pack(&words), compressed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Packing {
    /// The data as it is, in runs of at most 32 bytes.
    Literal,
    /// The data with references to earlier words, where a reference costs less gas than the bytes.
    Compressed(GasPrices),
    /// The one of both that costs less gas.
    Cheapest(GasPrices),
}

impl Packing {
    pub(super) const DEFAULT: Self = Self::Cheapest(GasPrices::ETHEREUM);

    /// Returns the data as a stream of FastLZ.
    #[must_use]
    pub fn pack(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Literal => literal(data),
            Self::Compressed(prices) => compressed(data, &prices),
            Self::Cheapest(prices) => {
                let (literal, compressed) = (literal(data), compressed(data, &prices));
                match prices.cost(&compressed) < prices.cost(&literal) {
                    true => compressed,
                    false => literal,
                }
            }
        }
    }
}

impl Default for Packing {
    /// The cheapest form at the prices of Ethereum.
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The gas that a byte of a stream costs, and the model of the gas that unpacking the stream costs.
///
/// A run of at most 32 literals costs 60 gas. A reference to earlier data costs 100 gas, and more for each byte that it
/// copies.
///
/// The model follows two measured operations that differ in their stream alone: 4,588 bytes, all of them literals, took
/// 156,825 gas less than 476 bytes that unpack to the same data. Call data is cheap compared with copying: at the prices
/// of Ethereum literals are the cheapest. On a chain that sells data at a higher price, references win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasPrices {
    /// The gas of a zero byte of call data.
    pub zero_byte: u64,
    /// The gas of another byte of call data.
    pub byte: u64,
    /// The gas of copying a byte on chain, where a reference is unpacked.
    pub copied_byte: u64,
}

impl GasPrices {
    /// The prices of Ethereum: 4 gas and 16 gas for call data ([EIP-2028](https://eips.ethereum.org/EIPS/eip-2028)),
    /// and 42 gas for a copied byte.
    pub const ETHEREUM: Self = Self {
        zero_byte: 4,
        byte: 16,
        copied_byte: 42,
    };

    const RUN: u64 = 60;
    const REFERENCE: u64 = 100;

    /// Returns the gas of a stream: its bytes as call data, and its unpacking.
    #[must_use]
    pub fn cost(&self, stream: &[u8]) -> u64 {
        let mut unpacking = 0;
        let mut rest = stream;
        while let [control, behind @ ..] = rest {
            let (length, size) = match (control >> 5, behind) {
                (0, _) => {
                    unpacking += Self::RUN;
                    rest = behind.get(usize::from(*control) + 1..).unwrap_or_default();
                    continue;
                }
                (7, [more, ..]) => (9 + u64::from(*more), 2),
                (short, _) => (2 + u64::from(short), 1),
            };
            unpacking += self.reference(length);
            rest = behind.get(size..).unwrap_or_default();
        }
        self.bytes(stream) + unpacking
    }

    fn bytes(&self, bytes: &[u8]) -> u64 {
        let price = |byte: &u8| if *byte == 0 { self.zero_byte } else { self.byte };
        bytes.iter().map(price).sum()
    }

    const fn reference(&self, length: u64) -> u64 {
        Self::REFERENCE + self.copied_byte * length
    }
}

/// The maximum length of a run of literals, and the length of a word of the ABI.
const RUN: usize = 32;
const SHORTEST: usize = 3;
const LONGEST: usize = 264;
const FARTHEST: usize = 8192;

fn literal(data: &[u8]) -> Vec<u8> {
    let mut stream = Vec::with_capacity(data.len() + data.len().div_ceil(RUN));
    push_literals(&mut stream, data);
    stream
}

fn push_literals(stream: &mut Vec<u8>, data: &[u8]) {
    for run in data.chunks(RUN) {
        stream.push(run.len() as u8 - 1);
        stream.extend(run);
    }
}

/// Compresses data that consists of words: references go back by whole words.
fn compressed(data: &[u8], prices: &GasPrices) -> Vec<u8> {
    let references = references(data, prices);
    let (mut stream, mut at, mut literals) = (Vec::new(), 0, 0);
    while at < data.len() {
        match references.get(at) {
            Some(reference) if reference.saved > 0 => {
                push_literals(&mut stream, &data[literals..at]);
                stream.extend(reference.encoded());
                at += reference.length;
                literals = at;
            }
            _ => at += 1,
        }
    }
    push_literals(&mut stream, &data[literals..]);
    stream
}

/// A copy of earlier data.
#[derive(Clone, Copy, Default)]
struct Reference {
    length: usize,
    distance: usize,
    /// The gas that the reference saves.
    saved: u64,
}

impl Reference {
    fn encoded(self) -> Vec<u8> {
        let [high, low] = (self.distance as u16 - 1).to_be_bytes();
        match self.length - 2 {
            short @ ..7 => vec![(short as u8) << 5 | high, low],
            long => vec![7 << 5 | high, (long - 7) as u8, low],
        }
    }
}

/// Returns the reference for the data at each position that saves the most gas. Without a reference to take there are
/// none.
fn references(data: &[u8], prices: &GasPrices) -> Vec<Reference> {
    if prices.copied_byte >= prices.byte.max(prices.zero_byte) {
        return Vec::new();
    }
    let mut sums = vec![0];
    sums.extend(data.iter().scan(0, |sum, byte| {
        *sum += prices.bytes(&[*byte]);
        Some(*sum)
    }));
    let mut best = vec![Reference::default(); data.len()];
    for distance in (RUN..=data.len().min(FARTHEST)).step_by(RUN) {
        let mut same = 0;
        for at in (distance..data.len()).rev() {
            same = if data[at] == data[at - distance] {
                same + 1
            } else {
                0
            };
            let length = same.min(LONGEST);
            // Another run of literals may be needed behind the reference.
            let bytes = if length > 8 { 4 } else { 3 };
            let cost = bytes * prices.byte + prices.reference(length as u64) + GasPrices::RUN;
            let saved = (sums[at + length] - sums[at]).saturating_sub(cost);
            if length >= SHORTEST && saved > best[at].saved {
                best[at] = Reference {
                    length,
                    distance,
                    saved,
                };
            }
        }
    }
    best
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Unpacks a stream as the module does.
    pub(crate) fn unpacked(stream: &[u8]) -> Vec<u8> {
        let (mut data, mut at) = (Vec::new(), 0);
        while at < stream.len() {
            let control = usize::from(stream[at]);
            let kind = control >> 5;
            if kind == 0 {
                data.extend(&stream[at + 1..at + 2 + control]);
                at += 2 + control;
                continue;
            }
            let extra = usize::from(kind == 7);
            let length = 2 + kind + extra * usize::from(stream[at + 1]);
            let distance = ((control & 31) << 8 | usize::from(stream[at + 1 + extra])) + 1;
            for _ in 0..length {
                data.push(data[data.len() - distance]);
            }
            at += 2 + extra;
        }
        data
    }

    /// Returns the gas of a stream by a count of its own: runs, references and copies.
    fn counted(stream: &[u8], prices: &GasPrices) -> u64 {
        let (mut gas, mut at) = (0, 0);
        while at < stream.len() {
            let control = usize::from(stream[at]);
            let (size, work) = match control >> 5 {
                0 => (2 + control, 60),
                7 => (3, 100 + prices.copied_byte * (9 + stream[at + 1] as u64)),
                short => (2, 100 + prices.copied_byte * (2 + short as u64)),
            };
            gas += work;
            at += size;
        }
        gas + stream
            .iter()
            .map(|byte| if *byte == 0 { prices.zero_byte } else { prices.byte })
            .sum::<u64>()
    }

    /// Data like that of the ABI: words, most of them small, and some that are not aligned.
    fn words() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            4 => Just(vec![0; 32]),
            3 => any::<u8>().prop_map(|byte| [&[0; 31][..], &[byte]].concat()),
            1 => prop::collection::vec(any::<u8>(), 32),
            1 => prop::collection::vec(0..3_u8, 0..40),
        ];
        prop::collection::vec(word, 0..200).prop_map(|words| words.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn data_survives_every_packing(data in words(), zero_byte in 0..200_u64, byte in 0..400_u64) {
            let prices = GasPrices { zero_byte, byte, copied_byte: 42 };
            for packing in [Packing::Literal, Packing::Compressed(prices), Packing::Cheapest(prices)] {
                let stream = packing.pack(&data);

                prop_assert_eq!(&unpacked(&stream), &data);
                prop_assert_eq!(prices.cost(&stream), counted(&stream, &prices));
            }
        }

        #[test]
        fn cheapest_packing_costs_no_more_than_another(data in words()) {
            let prices = GasPrices { zero_byte: 40, byte: 160, ..GasPrices::ETHEREUM };
            let cost = |packing: Packing| prices.cost(&packing.pack(&data));

            let cheapest = cost(Packing::Cheapest(prices));

            prop_assert!(cheapest <= cost(Packing::Literal));
            prop_assert!(cheapest <= cost(Packing::Compressed(prices)));
        }

        #[test]
        fn cost_of_any_bytes_is_an_answer(stream in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = GasPrices::ETHEREUM.cost(&stream);
        }
    }

    #[test]
    fn long_runs_and_distances_are_encoded_at_their_bounds() {
        let prices = GasPrices {
            zero_byte: 1_000,
            byte: 1_000,
            copied_byte: 0,
        };
        let unique = (0..4_096_u16).flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for length in [0, 1, 2, 3, 8, 9, 10, 263, 264, 265, 528, 529, 1_000] {
            let data = [&unique[..], &unique[..length]].concat();

            let stream = Packing::Compressed(prices).pack(&data);

            assert_eq!(unpacked(&stream), data, "{length}");
            let saved = literal(&data).len() - stream.len();
            assert!(
                length < 9 || saved >= length - 3 * length.div_ceil(LONGEST),
                "{length}"
            );
        }
    }

    #[test]
    fn expensive_references_are_not_taken() {
        let prices = GasPrices::ETHEREUM;
        let data = [7; 4_000];

        let stream = Packing::Compressed(prices).pack(&data);

        assert_eq!(stream, literal(&data));
    }
}
