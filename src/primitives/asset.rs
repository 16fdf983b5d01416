use std::fmt;

use alloy::primitives::{Address, U256};

use super::checksum;

/// An asset whose amount an account can hold: the native coin or an ERC-20 token.
///
/// # Examples
///
/// ```
/// use alloy::primitives::address;
/// use use_aa::Asset;
///
/// let dollar = Asset::Token(address!("fee0000000000000000000000000000000000006"));
/// assert_ne!(dollar, Asset::Native);
/// assert_eq!(format!("no {}", Asset::Native), "no native coin (wei)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asset {
    /// The native coin of the chain.
    Native,
    /// An [ERC-20](https://eips.ethereum.org/EIPS/eip-20) token, by its contract address.
    Token(Address),
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Native => f.write_str("native coin (wei)"),
            Self::Token(token) => write!(f, "the token {} (smallest unit)", checksum(token)),
        }
    }
}

/// An amount of an asset.
///
/// # Examples
///
/// ```no_run
/// use alloy::primitives::address;
/// use use_aa::{Asset, Error, SmartAccountClient};
///
/// async fn print(client: SmartAccountClient) -> Result<(), Error> {
///     let dollar = Asset::Token(address!("fee0000000000000000000000000000000000006"));
///     for balance in client.balances([Asset::Native, dollar]).await? {
///         println!("{} of {}", balance.amount, balance.asset);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Balance {
    /// The asset.
    pub asset: Asset,
    /// The amount, in wei or in the token's smallest unit.
    pub amount: U256,
}
