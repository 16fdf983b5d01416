//! What is called of tokens, and what lets somebody else take them.

use alloy::sol;

sol! {
    /// [ERC-20](https://eips.ethereum.org/EIPS/eip-20).
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

    /// What many ERC-20 tokens have besides: allowances that grow, and those that are signed
    /// ([EIP-2612](https://eips.ethereum.org/EIPS/eip-2612)).
    interface Erc20Allowance {
        function increaseAllowance(address spender, uint256 addedValue) external returns (bool);
        function increaseApproval(address spender, uint256 addedValue) external returns (bool);
        function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
            external;
    }

    /// DAI, which had signed allowances before there was a standard for them.
    interface Dai {
        function permit(
            address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s
        ) external;
    }

    /// Permit2, which keeps allowances for tokens of all kinds.
    interface Permit2 {
        function approve(address token, address spender, uint160 amount, uint48 expiration) external;
        function transferFrom(address from, address to, uint160 amount, address token) external;
    }

    /// [ERC-777](https://eips.ethereum.org/EIPS/eip-777), as far as it differs from ERC-20.
    interface Erc777 {
        function send(address recipient, uint256 amount, bytes data) external;
        function authorizeOperator(address operator) external;
    }

    /// [ERC-1363](https://eips.ethereum.org/EIPS/eip-1363), which calls whoever receives.
    interface Erc1363 {
        function transferAndCall(address to, uint256 value) external returns (bool);
        function transferFromAndCall(address from, address to, uint256 value) external returns (bool);
        function approveAndCall(address spender, uint256 value) external returns (bool);
    }

    /// The same with a message; tokens of ERC-677 have some of it.
    interface Erc1363WithData {
        function transferAndCall(address to, uint256 value, bytes data) external returns (bool);
        function transferFromAndCall(address from, address to, uint256 value, bytes data) external returns (bool);
        function approveAndCall(address spender, uint256 value, bytes data) external returns (bool);
    }

    /// [ERC-721](https://eips.ethereum.org/EIPS/eip-721), as far as it differs from ERC-20.
    interface Erc721 {
        function setApprovalForAll(address operator, bool approved) external;
        function safeTransferFrom(address from, address to, uint256 tokenId) external;
    }

    /// The same with a message for the recipient.
    interface Erc721WithData {
        function safeTransferFrom(address from, address to, uint256 tokenId, bytes data) external;
    }

    /// [ERC-1155](https://eips.ethereum.org/EIPS/eip-1155).
    interface Erc1155 {
        function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data) external;
        function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data) external;
    }
}
