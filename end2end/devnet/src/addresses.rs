use alloy::primitives::{Address, address};
use serde::{Deserialize, Serialize};

use crate::keys;

/// The addresses of the deployed contracts. By default all have their production addresses, except the plain NFT, the
/// fee token and the sponsoring paymasters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contracts {
    /// EntryPoint v0.6.
    pub entry_point: Address,
    /// EntryPoint v0.7.
    pub entry_point_v07: Address,
    /// EntryPoint v0.8.
    pub entry_point_v08: Address,
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
    /// The paymaster of EntryPoint v0.7, which sponsors or charges [`Contracts::token`].
    pub paymaster_v07: Address,
    /// The paymaster of EntryPoint v0.8, which sponsors or charges [`Contracts::token`].
    pub paymaster_v08: Address,
    /// The factory of Nexus accounts.
    pub nexus_factory: Address,
    /// The Nexus implementation, which proxies and EOAs (EIP-7702) delegate to.
    pub nexus_implementation: Address,
    /// The bootstrap, which initializes a Nexus account.
    pub nexus_bootstrap: Address,
    /// The default validator of Nexus: one key owns the account.
    pub k1_validator: Address,
    /// The validator of session keys with policies.
    pub smart_session: Address,
    /// The validator with several owners and a threshold.
    pub ownable_validator: Address,
    /// The policy on arguments.
    pub uni_action_policy: Address,
    /// The policy on time.
    pub time_frame_policy: Address,
    /// The policy on the number of uses.
    pub usage_limit_policy: Address,
    /// The policy on the amount of native coin.
    pub value_limit_policy: Address,
    /// The policy on the amounts of ERC-20 tokens.
    pub spending_limit_policy: Address,
    /// The policy that permits everything.
    pub sudo_policy: Address,
}

impl Default for Contracts {
    fn default() -> Self {
        Self {
            entry_point: address!("5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"),
            entry_point_v07: address!("0000000071727De22E5E9d8BAf0edAc6f37da032"),
            entry_point_v08: address!("4337084D9E255Ff0702461CF8895CE9E3b5Ff108"),
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
            paymaster_v07: address!("b100000000000000000000000000000000000007"),
            paymaster_v08: address!("b100000000000000000000000000000000000008"),
            nexus_factory: address!("000000001D1D5004a02bAfAb9de2D6CE5b7B13de"),
            nexus_implementation: address!("000000004F43C49e93C970E84001853a70923B03"),
            nexus_bootstrap: address!("00000000D3254452a909E4eeD47455Af7E27C289"),
            k1_validator: address!("00000000d12897DDAdC2044614A9677B191A2d95"),
            smart_session: address!("00000000008bDABA73cD9815d79069c247Eb4bDA"),
            ownable_validator: address!("000000000013fdB5234E4E3162a810F54d9f7E98"),
            uni_action_policy: address!("0000000000714Cf48FcF88A0bFBa70d313415032"),
            time_frame_policy: address!("0000000000D30f611fA3bf652ac6879428586930"),
            usage_limit_policy: address!("00000000001d4479FA2A947026204d0283ceDe4B"),
            value_limit_policy: address!("000000000021dC45451291BCDfc9f0B46d6f0278"),
            spending_limit_policy: address!("000000000033212E272655D8a22402Db819477A6"),
            sudo_policy: address!("0000000000FEEc8D74e3143fBaBbca515358d869"),
        }
    }
}

impl Contracts {
    /// Returns the addresses of all entry points, the oldest version first.
    pub(crate) fn entry_points(&self) -> [Address; 3] {
        [self.entry_point, self.entry_point_v07, self.entry_point_v08]
    }
}
