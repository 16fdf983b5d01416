use alloy::{
    primitives::{Address, B256, Bytes, Signature, U256, aliases::U48, keccak256},
    sol_types::SolValue,
};

use super::{
    Refusal,
    abi::{ABI_MODULE, BatchedSession, MANAGER},
    op::{Call, Op},
};

/// A session in the signature of an operation.
struct Session {
    valid_until: U48,
    valid_after: U48,
    module: Address,
    key_data: Bytes,
    proof: Vec<B256>,
}

/// Validates as the session key manager does, and returns the expected signer with the signature.
pub(super) fn single(op: &Op, signature: &[u8], root: B256, now: u64) -> Result<(Address, Bytes), Refusal> {
    type Fields = (U48, U48, Address, Bytes, Vec<B256>, Bytes);
    let fields = <Fields as SolValue>::abi_decode_params(signature);
    let (valid_until, valid_after, module, key_data, proof, signature) = fields.map_err(|_| unreadable())?;
    let session = Session {
        valid_until,
        valid_after,
        module,
        key_data,
        proof,
    };
    match op.calls()?.as_slice() {
        [call] => Ok((session.check(call, root, now)?, signature)),
        _ => Err(Refusal::validation("ABISV Not Execute Selector")),
    }
}

/// Validates as the batched session router does, and returns the expected signer with the signature.
pub(super) fn batch(op: &Op, signature: &[u8], root: B256, now: u64) -> Result<(Address, Bytes), Refusal> {
    let fields = <(Address, Vec<BatchedSession>, Bytes) as SolValue>::abi_decode_params(signature);
    let (manager, sessions, signature) = fields.map_err(|_| unreadable())?;
    let calls = op.calls()?;
    if manager != MANAGER || sessions.len() != calls.len() {
        return Err(Refusal::validation("Lengths mismatch"));
    }
    let mut keys = Vec::new();
    for (session, call) in sessions.into_iter().zip(&calls) {
        let session = Session {
            valid_until: session.validUntil,
            valid_after: session.validAfter,
            module: session.module,
            key_data: session.keyData,
            proof: session.proof,
        };
        keys.push(session.check(call, root, now)?);
    }
    keys.dedup();
    match keys[..] {
        [key] => Ok((key, signature)),
        _ => Err(Refusal::validation("SessionKey mismatch")),
    }
}

/// Returns true if a key has signed a message of 32 bytes.
pub(super) fn has_signed(key: Address, message: B256, signature: &[u8]) -> bool {
    let signature = Signature::from_raw(signature);
    let signer = signature.map(|signature| signature.recover_address_from_msg(message));
    matches!(signer, Ok(Ok(signer)) if signer == key)
}

impl Session {
    fn check(&self, call: &Call, root: B256, now: u64) -> Result<Address, Refusal> {
        let ended = !self.valid_until.is_zero() && now > self.valid_until.to::<u64>();
        if ended || now < self.valid_after.to::<u64>() {
            return Err(Refusal::entry_point("AA22 expired or not due"));
        }
        let proven = self.proof.iter().fold(self.leaf(), |node, sibling| {
            let (low, high) = (node.min(*sibling), node.max(*sibling));
            keccak256([low, high].concat())
        });
        if proven != root || root.is_zero() {
            return Err(Refusal::validation("SessionNotApproved"));
        }
        if self.module != ABI_MODULE {
            return Err(Refusal::validation("no such module"));
        }
        self.check_policy(call)
    }

    fn leaf(&self) -> B256 {
        let packed = (
            self.valid_until,
            self.valid_after,
            self.module,
            self.key_data.clone(),
        );
        keccak256(packed.abi_encode_packed())
    }

    /// Validates a call as the ABI module does. Key data: key, contract, selector, value limit, number of rules, rules.
    fn check_policy(&self, call: &Call) -> Result<Address, Refusal> {
        let data = &self.key_data;
        let (head, rules) = data.split_at_checked(62).ok_or_else(unreadable)?;
        if call.to != head[20..40] {
            return Err(Refusal::validation("ABISV Destination Forbidden"));
        }
        if call.data.get(..4) != Some(&head[40..44]) {
            return Err(Refusal::validation("ABISV Selector Forbidden"));
        }
        if call.value > U256::from_be_slice(&head[44..60]) {
            return Err(Refusal::validation("ABISV Permitted Value Exceeded"));
        }
        for rule in rules.chunks(35) {
            let at = 4 + usize::from(u16::from_be_bytes([rule[0], rule[1]]));
            let argument = call
                .data
                .get(at..at + 32)
                .map(U256::from_be_slice)
                .unwrap_or_default();
            let reference = U256::from_be_slice(&rule[3..]);
            let holds = match rule[2] {
                0 => argument == reference,
                1 => argument <= reference,
                2 => argument < reference,
                3 => argument >= reference,
                4 => argument > reference,
                _ => argument != reference,
            };
            if !holds {
                return Err(Refusal::validation("ABISV Arg Rule Violated"));
            }
        }
        Ok(Address::from_slice(&head[..20]))
    }
}

fn unreadable() -> Refusal {
    Refusal::validation("the signature cannot be read")
}
