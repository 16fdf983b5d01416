use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::SolCall,
};

/// One call that a smart account makes: a target, a value in wei and call data.
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
    /// The contract or account that is called.
    pub to: Address,
    /// The native coin sent along, in wei.
    pub value: U256,
    /// The selector and the ABI-encoded arguments.
    pub data: Bytes,
}

impl Call {
    /// A call of a contract's function as `sol!` declares it, without value.
    pub fn new(to: Address, call: impl SolCall) -> Self {
        Self::raw(to, call.abi_encode())
    }

    /// A call with the given call data, without value.
    pub fn raw(to: Address, data: impl Into<Bytes>) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: data.into(),
        }
    }

    /// A plain transfer of native coin, in wei.
    #[must_use]
    pub fn transfer(to: Address, wei: U256) -> Self {
        Self::raw(to, Bytes::new()).value(wei)
    }

    /// Sends native coin along, in wei. The default is none.
    #[must_use]
    pub fn value(mut self, wei: U256) -> Self {
        self.value = wei;
        self
    }
}
