use std::fmt;

use alloy::{
    hex,
    primitives::{Address, Signature},
};

use super::eip1193::Eip1193;
use crate::{
    AccountOwner, OwnerError, TypedData, platform::BoxFuture, primitives::checksum, signer::signature,
};

/// An owner whose signatures an EIP-1193 wallet makes.
pub(super) struct Eip1193Owner {
    provider: Eip1193,
    address: Address,
}

impl Eip1193Owner {
    pub(super) const fn new(provider: Eip1193, address: Address) -> Self {
        Self { provider, address }
    }

    /// Requests a signature from the wallet.
    fn signed(&self, method: &str, params: [&str; 2]) -> BoxFuture<'static, Result<Signature, OwnerError>> {
        let answer = self.provider.request(method, &params);
        Box::pin(async move {
            let answer = answer.await?.as_string();
            let answer =
                answer.ok_or_else(|| OwnerError::Malformed("the signature is not a string".to_owned()))?;
            signature(&answer)
        })
    }
}

impl AccountOwner for Eip1193Owner {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        let message_in_hex = hex::encode_prefixed(message);
        let params = [&message_in_hex, &*checksum(&self.address)];
        self.signed("personal_sign", params)
    }

    fn request<'a>(&'a self, method: &'a str, params: &'a str) -> BoxFuture<'a, Result<String, OwnerError>> {
        self.provider.request_json(method, params)
    }

    fn sign_typed_data<'a>(&'a self, data: &'a TypedData) -> BoxFuture<'a, Result<Signature, OwnerError>> {
        let params = [&*checksum(&self.address), data.json()];
        self.signed("eth_signTypedData_v4", params)
    }
}

impl fmt::Debug for Eip1193Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eip1193Owner")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
