//! The functions of token standards that transfer tokens or permit others to take tokens.

use alloy::{
    primitives::{Address, U256},
    sol,
};

use crate::primitives::Call;

sol! {
    /// The functions of [ERC-20](https://eips.ethereum.org/EIPS/eip-20).
    #[derive(Debug, PartialEq, Eq)]
    interface Erc20 {
        function approve(address spender, uint256 amount) external returns (bool);
        function transfer(address to, uint256 amount) external returns (bool);
        function transferFrom(address from, address to, uint256 amount) external returns (bool);
        function symbol() external view returns (string memory);
        function decimals() external view returns (uint8);
        function balanceOf(address owner) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
    }

    /// The common extensions of ERC-20 allowances: increases, and signed permits
    /// ([EIP-2612](https://eips.ethereum.org/EIPS/eip-2612)).
    interface Erc20Allowance {
        function increaseAllowance(address spender, uint256 addedValue) external returns (bool);
        function increaseApproval(address spender, uint256 addedValue) external returns (bool);
        function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
            external;
    }

    /// The permit function of DAI, which is older than EIP-2612 and has other parameters.
    interface Dai {
        function permit(
            address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s
        ) external;
    }

    /// The Permit2 contract, which stores allowances for all ERC-20 tokens.
    interface Permit2 {
        function approve(address token, address spender, uint160 amount, uint48 expiration) external;
        function transferFrom(address from, address to, uint160 amount, address token) external;
    }

    /// The functions of [ERC-777](https://eips.ethereum.org/EIPS/eip-777) that ERC-20 does not have.
    interface Erc777 {
        function send(address recipient, uint256 amount, bytes data) external;
        function authorizeOperator(address operator) external;
    }

    /// The functions of [ERC-1363](https://eips.ethereum.org/EIPS/eip-1363), which call the recipient or spender.
    interface Erc1363 {
        function transferAndCall(address to, uint256 value) external returns (bool);
        function transferFromAndCall(address from, address to, uint256 value) external returns (bool);
        function approveAndCall(address spender, uint256 value) external returns (bool);
    }

    /// The functions of ERC-1363 with a data argument. ERC-677 tokens have some of these functions.
    interface Erc1363WithData {
        function transferAndCall(address to, uint256 value, bytes data) external returns (bool);
        function transferFromAndCall(address from, address to, uint256 value, bytes data) external returns (bool);
        function approveAndCall(address spender, uint256 value, bytes data) external returns (bool);
    }

    /// The functions of [ERC-721](https://eips.ethereum.org/EIPS/eip-721) that ERC-20 does not have.
    interface Erc721 {
        function setApprovalForAll(address operator, bool approved) external;
        function safeTransferFrom(address from, address to, uint256 tokenId) external;
    }

    /// The ERC-721 transfer with a data argument for the recipient.
    interface Erc721WithData {
        function safeTransferFrom(address from, address to, uint256 tokenId, bytes data) external;
    }

    /// The transfer functions of [ERC-1155](https://eips.ethereum.org/EIPS/eip-1155).
    interface Erc1155 {
        function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data) external;
        function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data) external;
    }
}

/// Returns the call that approves a spender for an amount of an ERC-20 token, in the token's smallest unit.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{U256, address}};
/// use use_aa::contracts::token::approve;
///
/// let token = address!("744f018B29ED9e5Ad854fE89C04ACc3CE0703d3F");
/// let spender = address!("FfBf64FBA1aa413F5170cdf1b608012FB67C08B2");
/// let seven = U256::from(700_000_000); // of a token with 8 decimals
/// let call = approve(token, spender, seven);
/// assert_eq!(call.to, token);
/// assert_eq!(call.data[..], hex!(
///     "095ea7b3"                                                         // approve
///     "000000000000000000000000ffbf64fba1aa413f5170cdf1b608012fb67c08b2" // spender
///     "0000000000000000000000000000000000000000000000000000000029b92700" // amount
/// ));
/// ```
#[must_use]
pub fn approve(token: Address, spender: Address, amount: U256) -> Call {
    Call::new(token, Erc20::approveCall { spender, amount })
}

/// Returns the calls that approve a spender for an amount. `resets` sets the allowance to 0 first: some tokens, such as
/// USDT, refuse to change an allowance from one amount to another.
pub(crate) fn approvals(token: Address, spender: Address, amount: U256, resets: bool) -> Vec<Call> {
    let reset = resets.then(|| approve(token, spender, U256::ZERO));
    reset
        .into_iter()
        .chain([approve(token, spender, amount)])
        .collect()
}
