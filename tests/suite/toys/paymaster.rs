//! A toy paymaster: a contract that pays for every operation, and a client that needs no service.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes, address, bytes};
use use_aa::{
    EntryPoint, Json, PaymasterData, PaymasterGas, UserOpDraft, UserOperation,
    rpc::{Paymaster, Protocol, Question, Sponsorship, Stub, StubDataPaymaster, TokenRate},
};

/// The address of the contract.
pub(super) const CONTRACT: Address = address!("acce000000000000000000000000000000000a11");

/// The code of the contract, which returns from every call what `validatePaymasterUserOp` does for an operation that is
/// valid at any time: `(bytes context, uint256 validationData)` with an empty context, so that `postOp` is not called.
pub(super) const CODE: Bytes = bytes!(
    "6040" // PUSH1 0x40: the offset of `context` in the answer
    "6000" // PUSH1 0
    "52"   // MSTORE: memory[0..32] = 0x40; the validation data and the length of `context` stay zero
    "6060" // PUSH1 0x60: three words
    "6000" // PUSH1 0
    "f3"   // RETURN memory[0..96]
);

/// The client of the paymaster.
#[derive(Clone, Copy, Debug)]
pub(super) struct AcceptAll;

impl AcceptAll {
    const fn data() -> PaymasterData {
        PaymasterData {
            paymaster: CONTRACT,
            data: Bytes::new(),
        }
    }
}

impl Paymaster for AcceptAll {
    fn protocol(&self) -> Protocol<'_> {
        Protocol::StubData(self)
    }

    fn at(&self, _entry_point: EntryPoint) -> Arc<dyn Paymaster> {
        Arc::new(*self)
    }
}

impl StubDataPaymaster for AcceptAll {
    fn method(&self) -> &'static str {
        "accept_all"
    }

    fn stub<'a>(&'a self, _draft: &'a UserOpDraft, _context: &'a Json) -> Question<'a, Stub> {
        Question::known(Stub {
            paymaster: Self::data(),
            gas: PaymasterGas::NONE,
            is_final: true,
        })
    }

    fn data<'a>(&'a self, op: &'a UserOperation, _context: &'a Json) -> Question<'a, Sponsorship> {
        Question::known(Sponsorship {
            paymaster: Self::data(),
            gas: op.gas,
        })
    }

    fn rates<'a>(&'a self, _tokens: &'a [Address]) -> Question<'a, Vec<TokenRate>> {
        Question::known(Vec::new())
    }
}
