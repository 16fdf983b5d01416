use alloy::hex;

/// The dummy ECDSA signature for gas estimates, of 65 bytes: a validator can parse it, and it is never valid.
pub(crate) const DUMMY_ECDSA: [u8; 65] = hex!(
    "81d4b4981670cb18f99f0b4a66446df1bf5b204d24cfcb659bf38ba27a4359b5" // r
    "711649ec2423c5e1247245eba2964679b6a1dbb85c992ae40b9b00c6935b02ff" // s
    "1b"                                                               // v
);
