//! What is called of an ERC-20 token.

use alloy::sol;

sol! {
    /// [ERC-20](https://eips.ethereum.org/EIPS/eip-20).
    #[derive(Debug, PartialEq, Eq)]
    interface Erc20 {
        function approve(address spender, uint256 amount) external returns (bool);
        function transfer(address to, uint256 amount) external returns (bool);
        function symbol() external view returns (string memory);
        function decimals() external view returns (uint8);
        function balanceOf(address owner) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
    }
}
