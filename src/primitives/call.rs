use std::iter;

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};

/// A call that a smart account makes: a target, a value in wei, and call data.
///
/// # Examples
///
/// ```
/// use alloy::{primitives::{address, U256}, sol};
/// use use_aa::Call;
///
/// sol! {
///     function safeMint(address to);
/// }
///
/// let nft = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
/// let mint = Call::new(nft, safeMintCall { to: nft });
/// assert_eq!(mint.value, U256::ZERO);
/// assert_eq!(mint.data.len(), 4 + 32);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The address of the called contract or account.
    pub to: Address,
    /// The amount of native coin that the call transfers, in wei.
    pub value: U256,
    /// The selector and the ABI-encoded arguments.
    pub data: Bytes,
}

impl Call {
    /// Creates a call of a contract's function, as declared by `sol!`. The value is 0.
    pub fn new(to: Address, call: impl SolCall) -> Self {
        Self::raw(to, call.abi_encode())
    }

    /// Creates a call with the given call data. The value is 0.
    pub fn raw(to: Address, data: impl Into<Bytes>) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: data.into(),
        }
    }

    /// Creates a transfer of native coin, in wei.
    #[must_use]
    pub fn transfer(to: Address, wei: U256) -> Self {
        Self::raw(to, Bytes::new()).value(wei)
    }

    /// Sets the amount of native coin that the call transfers, in wei. The default is 0.
    #[must_use]
    pub fn value(mut self, wei: U256) -> Self {
        self.value = wei;
        self
    }
}

/// A call is an iterator of itself, so that one call can be given where several can.
///
/// # Examples
///
/// ```
/// use alloy::primitives::{Address, U256};
/// use use_aa::{Call, UseSession};
///
/// let transfer = Call::transfer(Address::ZERO, U256::from(1));
/// let requests = [UseSession::new(transfer.clone()), UseSession::new([transfer.clone(), transfer])];
/// # let _ = requests;
/// ```
impl IntoIterator for Call {
    type Item = Self;
    type IntoIter = iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        iter::once(self)
    }
}
