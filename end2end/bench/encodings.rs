//! Benchmarks of trees, encodings and signatures, on the host and as wasm in a browser: `cargo xtask bench`.

use std::hint::black_box;

use alloy::{
    primitives::{Address, B256, Bytes, U256, address, keccak256},
    sol_types::SolCall,
};
#[cfg(not(target_family = "wasm"))]
use criterion::Criterion;
use use_aa::{
    Call, EntryPoint, Fees, GasLimits, Policy, Rule, SessionKey, SignedUserOperation, UserOpDraft,
    UserOperation,
    account::biconomy_v2 as account,
    session::merkle::{ProvenLeaf, Tree, contracts::SESSION_KEY_MANAGER, module_signature},
    signer::dummy_session_signature,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::{Criterion, wasm_bindgen_bench};

alloy::sol! {
    function buy(address to, uint256 id, uint256 price);
}

const SHOP: Address = address!("1758f42Af7026fBbB559Dc60EcE0De3ef81f665e");
const ACCOUNT: Address = address!("00000000000000000000000000000000000000ac");
const KEY: B256 = B256::repeat_byte(0x5a);
/// The number of leaves in the tree of a session's proof.
const LEAVES: usize = 10;

#[cfg_attr(target_family = "wasm", wasm_bindgen_bench)]
fn encodings(criterion: &mut Criterion) {
    for size in [10, 100, 1_000, 10_000] {
        let leaves = leaves(size);
        let name = format!("tree of {size} leaves");
        criterion.bench_function(&name, |bench| bench.iter(|| root_and_proof(black_box(&leaves))));
    }
    let session = Session::new();
    let op = session.op();
    criterion
        .bench_function("session key data", |bench| bench.iter(|| session.key_data()))
        .bench_function("user operation hash", |bench| bench.iter(|| hash(black_box(&op))))
        .bench_function("signature of a hash", |bench| {
            bench.iter(|| session.sign(black_box(&op)))
        })
        .bench_function("session signature", |bench| {
            bench.iter(|| session.signature(black_box(&op)))
        })
        .bench_function("session operation", |bench| bench.iter(|| session.signed_op()));
}

fn leaves(size: usize) -> Vec<B256> {
    (0..size).map(|number| keccak256(number.to_be_bytes())).collect()
}

fn root_and_proof(leaves: &[B256]) -> (B256, Option<Vec<B256>>) {
    let tree = Tree::new(leaves.iter().copied());
    (tree.root(), tree.proof(leaves[leaves.len() / 2]))
}

fn hash(op: &UserOperation) -> B256 {
    let entry_point = EntryPoint::v0_6(80002);
    op.hash(entry_point).0
}

/// A session with three rules among other sessions of its account.
struct Session {
    key: SessionKey,
    policy: Policy,
    tree: Tree,
}

impl Session {
    fn new() -> Self {
        let key = SessionKey::try_from(KEY).expect("these bytes are a key");
        let policy = Policy::new(SHOP, buyCall::SELECTOR)
            .rule(Rule::equal(0, ACCOUNT))
            .rule(Rule::at_least(1, U256::from(100)))
            .rule(Rule::at_most(2, U256::from(10).pow(U256::from(18))));
        let leaf = policy.leaf(key.address()).expect("three rules are few enough");
        let others = leaves(LEAVES - 1);
        let tree = Tree::new(others.into_iter().chain([leaf.hash()]));
        Self { key, policy, tree }
    }

    fn key_data(&self) -> Bytes {
        let policy = black_box(&self.policy);
        policy
            .key_data(self.key.address())
            .expect("three rules are few enough")
    }

    fn sign(&self, op: &UserOperation) -> Bytes {
        let hash = hash(op);
        self.key.sign(hash.as_slice()).expect("the key signs")
    }

    /// Signs an operation and wraps the signature with the Merkle proof of the session.
    fn signature(&self, op: &UserOperation) -> Bytes {
        self.wrap(self.sign(op))
    }

    fn wrap(&self, signature: Bytes) -> Bytes {
        let leaf = self.policy.leaf(self.key.address());
        let leaf = leaf.expect("three rules are few enough");
        let proof = self.tree.proof(leaf.hash()).expect("the tree holds the leaf");
        let proven = ProvenLeaf { leaf, proof };
        account::wrap(module_signature(&proven, signature), SESSION_KEY_MANAGER)
    }

    /// Creates an operation in which the session makes a purchase.
    fn op(&self) -> UserOperation {
        let buy = buyCall {
            to: ACCOUNT,
            id: U256::from(7),
            price: U256::from(10).pow(U256::from(17)),
        };
        let draft = UserOpDraft {
            sender: ACCOUNT,
            nonce: U256::from(1) << 64,
            deployment: None,
            call_data: account::call_data(&[Call::new(SHOP, buy)]),
            fees: Fees {
                max_fee_per_gas: U256::from(30_000_000_000u64),
                max_priority_fee_per_gas: U256::from(1_000_000_000u64),
            },
            dummy_signature: self.wrap(dummy_session_signature()),
        };
        let gas = GasLimits {
            call: U256::from(120_000),
            verification: U256::from(250_000),
            pre_verification: U256::from(60_000),
            ..GasLimits::default()
        };
        draft.fill(gas, None)
    }

    /// Builds and signs an operation, from its calls to its signature.
    fn signed_op(&self) -> SignedUserOperation {
        let op = self.op();
        let signature = self.signature(&op);
        op.sign(signature)
    }
}

#[cfg(not(target_family = "wasm"))]
criterion::criterion_group!(benches, encodings);
#[cfg(not(target_family = "wasm"))]
criterion::criterion_main!(benches);

/// The runner calls the benchmarks itself.
#[cfg(target_family = "wasm")]
fn main() {}

// A worker, because chromedriver considers a page dead when it is busy for long.
#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
