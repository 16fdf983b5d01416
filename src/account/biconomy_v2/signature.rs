use alloy::{
    primitives::{Address, B256, Bytes},
    sol_types::SolCall,
};

use super::{Account, contracts::account::SmartAccount};
use crate::{account, primitives::Encoder, signer::DUMMY_ECDSA};

/// Encodes the account's signature: a module's signature, and the address of the module that validates it.
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::bytes};
/// use use_aa::account::biconomy_v2::{wrap, contracts::modules::ECDSA_OWNERSHIP};
///
/// let made_by_the_owner = bytes!(
///     "e2eaf70295a86ca217e3a9fe42d32dd76f93851751f5445e02c5593df3bbbb43" // r
///     "7b5cfc69f477ea85d5048339db29b6d0f28469ce8154ff0d9374fd9d4be74fc8" // s
///     "1b"                                                               // v
/// );
/// assert_eq!(wrap(made_by_the_owner, ECDSA_OWNERSHIP)[..], hex!(
///     "0000000000000000000000000000000000000000000000000000000000000040" // offset of the signature
///     "0000000000000000000000000000001c5b32f37f5bea87bdd5374eb2ac54ea8e" // module
///     "0000000000000000000000000000000000000000000000000000000000000041" // bytes of signature
///     "e2eaf70295a86ca217e3a9fe42d32dd76f93851751f5445e02c5593df3bbbb43" // r
///     "7b5cfc69f477ea85d5048339db29b6d0f28469ce8154ff0d9374fd9d4be74fc8" // s
///     "1b00000000000000000000000000000000000000000000000000000000000000" // v
/// ));
/// ```
#[must_use]
pub fn wrap(module_signature: Bytes, module: Address) -> Bytes {
    Encoder::default()
        .bytes(&module_signature)
        .address(module)
        .encode(&[])
        .into()
}

/// Returns the dummy signature of the ECDSA module, for estimates: 65 bytes.
///
/// # Examples
///
/// ```
/// use use_aa::account::biconomy_v2::dummy_module_signature;
///
/// let signature = dummy_module_signature();
/// assert_eq!(signature.len(), 65);
/// assert_eq!(signature[64], 27);
/// ```
#[must_use]
pub fn dummy_module_signature() -> Bytes {
    DUMMY_ECDSA.into()
}

/// Returns the dummy signature of an account with an ECDSA module, for estimates. The signature has the right length
/// and shape, and is never valid.
///
/// # Examples
///
/// ```
/// use alloy::hex;
/// use use_aa::account::biconomy_v2::{dummy_signature, contracts::modules::ECDSA_OWNERSHIP};
///
/// assert_eq!(dummy_signature(ECDSA_OWNERSHIP)[..], hex!(
///     "0000000000000000000000000000000000000000000000000000000000000040" // offset of the signature
///     "0000000000000000000000000000001c5b32f37f5bea87bdd5374eb2ac54ea8e" // module
///     "0000000000000000000000000000000000000000000000000000000000000041" // bytes of signature
///     "81d4b4981670cb18f99f0b4a66446df1bf5b204d24cfcb659bf38ba27a4359b5" // r
///     "711649ec2423c5e1247245eba2964679b6a1dbb85c992ae40b9b00c6935b02ff" // s
///     "1b00000000000000000000000000000000000000000000000000000000000000" // v
/// ));
/// ```
#[must_use]
pub fn dummy_signature(module: Address) -> Bytes {
    wrap(dummy_module_signature(), module)
}

/// Wraps a signature of an undeployed account together with the account's deployment, so that the signature can be
/// verified before the deployment ([ERC-6492](https://eips.ethereum.org/EIPS/eip-6492)).
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{address, bytes}};
/// use use_aa::{Account, account::biconomy_v2::undeployed};
///
/// let account = Account::of(address!("94239601DCaC671411dAE37176F86DE44Db3A669"));
/// let wrapped = undeployed(&account, bytes!("1234"));
/// assert!(wrapped.starts_with(&hex!(
///     "000000000000000000000000000000a56aaca3e9a4c479ea6b6cd0dbcb6634f5" // factory
///     "0000000000000000000000000000000000000000000000000000000000000060" // offset of its call data
///     "0000000000000000000000000000000000000000000000000000000000000160" // offset of the signature
/// )));
/// assert!(wrapped.ends_with(&hex!("6492649264926492649264926492649264926492649264926492649264926492")));
/// ```
#[must_use]
pub fn undeployed(account: &Account, signature: Bytes) -> Bytes {
    account::undeployed(&account.deployment(), &signature)
}

/// Encodes the call data of an account's `isValidSignature`
/// ([ERC-1271](https://eips.ethereum.org/EIPS/eip-1271)).
///
/// # Examples
///
/// ```
/// use alloy::{hex, primitives::{b256, bytes}};
/// use use_aa::account::biconomy_v2::is_valid_signature;
///
/// let hash = b256!("87fddc3d6ffe48dd2177a7003bb6d9d62f3dc37cd0555a2439ab5c0bba895d1d");
/// assert_eq!(is_valid_signature(hash, bytes!("1234"))[..], hex!(
///     "1626ba7e"                                                         // isValidSignature
///     "87fddc3d6ffe48dd2177a7003bb6d9d62f3dc37cd0555a2439ab5c0bba895d1d" // hash
///     "0000000000000000000000000000000000000000000000000000000000000040" // offset of the signature
///     "0000000000000000000000000000000000000000000000000000000000000002" // bytes of signature
///     "1234000000000000000000000000000000000000000000000000000000000000" // signature
/// ));
/// ```
#[must_use]
pub fn is_valid_signature(hash: B256, signature: Bytes) -> Bytes {
    Encoder::default()
        .word(hash)
        .bytes(&signature)
        .encode(&SmartAccount::isValidSignatureCall::SELECTOR)
        .into()
}
