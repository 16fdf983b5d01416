use alloy::primitives::{Address, B256, U256};

/// ABI-encoded values, read by their words.
// The decoder of `sol!` would cost a page seven kilobytes.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a>(pub(crate) &'a [u8]);

impl<'a> Words<'a> {
    /// Returns the word at an index.
    pub(crate) fn word(self, index: usize) -> Option<B256> {
        let word = self.0.get(index.checked_mul(32)?..)?.first_chunk()?;
        Some(B256::new(*word))
    }

    pub(crate) fn number(self, index: usize) -> Option<U256> {
        Some(self.word(index)?.into())
    }

    /// Returns the address at an index; `None` if the bytes before it are not zero.
    pub(crate) fn address(self, index: usize) -> Option<Address> {
        let word = self.word(index)?;
        (word[..12] == [0; 12]).then(|| address_of(word))
    }

    /// Returns the addresses of an array, whose offset is at an index.
    pub(crate) fn addresses(self, index: usize) -> Option<Vec<Address>> {
        let (count, words) = self.dynamic(index)?;
        let words = Self(words.get(..count.checked_mul(32)?)?);
        Some(
            (0..count)
                .filter_map(|at| words.word(at))
                .map(address_of)
                .collect(),
        )
    }

    /// Returns the words of an array, whose offset is at an index.
    pub(crate) fn words(self, index: usize) -> Option<Vec<B256>> {
        let (count, words) = self.dynamic(index)?;
        let words = Self(words.get(..count.checked_mul(32)?)?);
        Some((0..count).filter_map(|at| words.word(at)).collect())
    }

    /// Returns the bytes whose offset is at an index.
    pub(crate) fn bytes(self, index: usize) -> Option<&'a [u8]> {
        let (count, bytes) = self.dynamic(index)?;
        bytes.get(..count)
    }

    /// Returns the length of a dynamic value, and everything behind the length.
    fn dynamic(self, index: usize) -> Option<(usize, &'a [u8])> {
        let size = |number: U256| usize::try_from(number).ok();
        let value = Self(self.0.get(size(self.number(index)?)?..)?);
        Some((size(value.number(0)?)?, &value.0[32..]))
    }
}

// `Address::from_word` brings the text of an error that cannot happen.
fn address_of(word: B256) -> Address {
    let mut address = Address::ZERO;
    address.copy_from_slice(&word[12..]);
    address
}

/// ABI-encoded values of a sequence, as of the arguments of a function.
// The encoders of `sol!` are one for each type, and would cost a page some kilobytes.
#[derive(Default)]
pub(crate) struct Encoder {
    values: Vec<Value>,
}

/// A value: the word of a static one, or the encoding of a dynamic one.
enum Value {
    Word(B256),
    Dynamic(Vec<u8>),
}

impl Encoder {
    pub(crate) fn word(mut self, word: impl Into<B256>) -> Self {
        self.values.push(Value::Word(word.into()));
        self
    }

    pub(crate) fn address(self, address: Address) -> Self {
        self.word(address.into_word())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut encoded = size(bytes.len()).to_vec();
        encoded.extend(bytes);
        encoded.resize(encoded.len().next_multiple_of(32), 0);
        self.dynamic(encoded)
    }

    /// Adds an array, whose elements are the values of another sequence.
    pub(crate) fn array(self, elements: Self) -> Self {
        let count = size(elements.values.len());
        self.dynamic(elements.encode(&count[..]))
    }

    /// Adds a dynamic struct, whose fields are the values of another sequence.
    pub(crate) fn fields(self, fields: Self) -> Self {
        self.dynamic(fields.encode(&[]))
    }

    fn dynamic(mut self, encoded: Vec<u8>) -> Self {
        self.values.push(Value::Dynamic(encoded));
        self
    }

    /// Returns the encoded values behind other bytes, such as a selector.
    pub(crate) fn encode(self, before: &[u8]) -> Vec<u8> {
        let (mut head, mut tail) = (before.to_vec(), Vec::new());
        let length = 32 * self.values.len();
        for value in self.values {
            match value {
                Value::Word(word) => head.extend(word),
                Value::Dynamic(encoded) => {
                    head.extend(size(length + tail.len()));
                    tail.extend(encoded);
                }
            }
        }
        head.extend(tail);
        head
    }
}

fn size(number: usize) -> B256 {
    U256::from(number).into()
}

#[cfg(test)]
mod tests {
    use alloy::{primitives::Bytes, sol_types::SolValue};

    use super::*;

    #[test]
    fn values_are_read_as_they_were_encoded() {
        let (address, number) = (Address::repeat_byte(7), U256::MAX);
        let (list, bytes) = (vec![address, Address::ZERO], Bytes::from_static(b"five!"));
        let encoded = (address, number, list.clone(), bytes.clone()).abi_encode_params();

        let words = Words(&encoded);

        assert_eq!(words.address(0), Some(address));
        assert_eq!(words.number(1), Some(number));
        assert_eq!(words.addresses(2), Some(list));
        assert_eq!(words.bytes(3), Some(&bytes[..]));
    }

    #[test]
    fn values_are_encoded_as_the_library_encodes_them() {
        for length in [0, 1, 31, 32, 33] {
            let (address, number, bytes) = (Address::repeat_byte(7), U256::from(length), vec![9; length]);
            let texts = vec![Bytes::from(bytes.clone()), Bytes::new()];
            let list = vec![B256::repeat_byte(8); length % 3];
            let pair = (number, Bytes::from(bytes.clone()));
            let expected = (address, texts.clone(), pair, list.clone(), number).abi_encode_params();

            let encoded = Encoder::default()
                .address(address)
                .array(texts.iter().fold(Encoder::default(), |all, text| all.bytes(text)))
                .fields(Encoder::default().word(number).bytes(&bytes))
                .array(list.into_iter().fold(Encoder::default(), Encoder::word))
                .word(number)
                .encode(&[]);

            assert_eq!(encoded, expected, "{length}");
        }
    }

    #[test]
    fn values_that_are_cut_off_are_not_read() {
        let encoded = (vec![U256::MAX], Bytes::from_static(b"five!")).abi_encode_params();

        for length in 0..encoded.len() {
            let words = Words(&encoded[..length]);

            assert!(
                words.bytes(1).is_none() || length >= encoded.len() - 27,
                "{length}"
            );
            assert!(words.addresses(0).is_none() || length >= 4 * 32, "{length}");
        }
    }

    #[test]
    fn lengths_and_offsets_out_of_bounds_are_not_read() {
        let huge = [U256::MAX.to_be_bytes::<32>(), [0; 32]].concat();
        let long = [U256::from(32).to_be_bytes::<32>(), U256::MAX.to_be_bytes()].concat();

        for encoded in [huge, long] {
            let words = Words(&encoded);

            assert!(words.bytes(0).is_none());
            assert!(words.addresses(0).is_none());
        }
        assert_eq!(Words(&[1; 32]).address(0), None);
        assert_eq!(Words(&[1; 32]).word(usize::MAX), None);
    }
}
