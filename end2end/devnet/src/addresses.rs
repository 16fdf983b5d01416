use alloy::primitives::{Address, address};
use serde::{Deserialize, Serialize};

use crate::keys;

/// The addresses of the deployed contracts. By default all have their production addresses, except the plain NFT, the
/// fee token and the sponsoring paymaster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contracts {
    /// EntryPoint v0.6.
    pub entry_point: Address,
    /// The account factory.
    pub account_factory: Address,
    /// The implementation that every account proxy delegates to.
    pub account_implementation: Address,
    /// The fallback handler of the accounts.
    pub fallback_handler: Address,
    /// The ECDSA ownership module: one key owns the account.
    pub ecdsa_module: Address,
    /// The multichain ECDSA module: one owner signature covers operations on several chains.
    pub multichain_module: Address,
    /// The session key manager, which stores the Merkle root of each account's sessions.
    pub session_key_manager: Address,
    /// The batched session router, which validates each call of a batch against its own session.
    pub batched_session_router: Address,
    /// The ABI session validation module: permits a call by contract, function, value and arguments.
    pub abi_session_module: Address,
    /// The ERC-20 session validation module: permits transfers of one token to one recipient.
    pub erc20_session_module: Address,
    /// The sample NFT with ERC-721 Enumerable.
    pub nft: Address,
    /// The sample NFT without ERC-721 Enumerable.
    pub plain_nft: Address,
    /// An ERC-20 fee token with six decimals and a public mint function.
    pub token: Address,
    /// The token paymaster, which pays for gas and charges [`Contracts::token`].
    pub token_paymaster: Address,
    /// The sponsoring (verifying) paymaster.
    pub sponsor_paymaster: Address,
}

impl Default for Contracts {
    fn default() -> Self {
        Self {
            entry_point: address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"),
            account_factory: address!("000000a56Aaca3e9a4C479ea6b6CD0DbcB6634F5"),
            account_implementation: address!("0000002512019Dafb59528B82CB92D3c5D2423aC"),
            fallback_handler: address!("0bBa6d96BD616BedC6BFaa341742FD43c60b83C1"),
            ecdsa_module: address!("0000001c5b32F37F5beA87BDD5374eB2aC54eA8e"),
            multichain_module: address!("000000824dc138db84FD9109fc154bdad332Aa8E"),
            session_key_manager: address!("000002FbFfedd9B33F4E7156F2DE8D48945E7489"),
            batched_session_router: address!("00000D09967410f8C76752A104c9848b57ebba55"),
            abi_session_module: address!("000006bC2eCdAe38113929293d241Cf252D91861"),
            erc20_session_module: address!("000000D50C68705bd6897B2d17c7de32FB519fDA"),
            nft: address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e"),
            plain_nft: address!("b100000000000000000000000000000000000721"),
            token: address!("fee0000000000000000000000000000000000006"),
            token_paymaster: address!("00000f7365cA6C59A2C93719ad53d567ed49c14C"),
            // The first contract that its owner key deploys.
            sponsor_paymaster: keys::sponsor_owner().create(0),
        }
    }
}
