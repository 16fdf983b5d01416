mod checks;
mod echo;

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256, address, bytes};
use futures::FutureExt;
use serde_json::{Value, value::RawValue};

use self::{checks::*, echo::Echo};
use crate::{
    contracts::token::Erc20,
    platform::{BoxFuture, Json},
    primitives::{EntryPoint, GasLimits, PaymasterGas, UserOpHash, UserOperation},
    rpc::{
        BiconomyPaymaster, Bundler, BundlerKind, Erc7677Paymaster, Node, OneCallPaymaster, PaymasterClient,
        PaymasterContext, ServiceError, Simulation, SponsorMode, StateOverride, StubDataPaymaster, draft,
    },
};

const HASH: B256 = B256::repeat_byte(0x93);
const TOKENS: [Address; 2] = [
    address!("fee0000000000000000000000000000000000006"),
    address!("fee0000000000000000000000000000000000007"),
];

/// Fuzzes a result of each bundler, paymaster and node method, in every dialect.
///
/// The value that is read equals the answer, within the bounds of the standard. The first byte selects the method.
/// After a `!` the text is an error instead of a result.
pub fn services(bytes: &[u8]) {
    let Some((case, answer)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(answer) else { return };
    let client = || Echo::new(text);
    if serde_json::from_str::<&RawValue>(text.trim_start_matches('!')).is_err() {
        return;
    }
    let answer = serde_json::from_str::<Value>(text).unwrap_or_default();
    let node = Node::over(client());
    let bundler = |kind| Bundler::over(kind, client(), EntryPoint::v0_6(80_002));
    let erc7677 = Erc7677Paymaster::new(EntryPoint::v0_6(80_002));
    let biconomy = BiconomyPaymaster::new(EntryPoint::v0_6(80_002));
    let of_erc7677 = PaymasterClient::over(Arc::new(erc7677), client());
    let of_biconomy = PaymasterClient::over(Arc::new(biconomy), client());
    let kind = match case % 3 {
        0 => BundlerKind::STANDARD,
        1 => BundlerKind::PIMLICO,
        _ => BundlerKind::BICONOMY,
    };
    let (context, nothing) = (PaymasterContext::new(), Json::object([]));
    let hash = UserOpHash(HASH);
    match case / 3 % 20 {
        0 => read(bundler(kind).receipt(hash).boxed(), |found| {
            receipt(found, &answer)
        }),
        1 => read(
            bundler(kind)
                .estimate(&draft(), None, &StateOverride::new())
                .boxed(),
            |gas| limits(gas, &answer),
        ),
        2 => read(bundler(kind).fees().boxed(), |found| {
            let mut offers = ["fast", "standard"].map(|name| &answer[name]).into_iter();
            let offer = offers.find(|offer| !offer.is_null());
            let fast = match offer {
                Some(offer) if kind == BundlerKind::PIMLICO => offer,
                _ => &answer,
            };
            found.iter().for_each(|found| fees(*found, fast));
        }),
        3 => read(
            bundler(kind)
                .send(&whole().sign(bytes!("01")), Simulation::Validation)
                .boxed(),
            |hash| {
                let mut inner = ["userOpHash", "hash"].map(|name| &answer[name]).into_iter();
                let told = inner.find(|inner| !inner.is_null()).unwrap_or(&answer);
                assert!(is_hex(told, hash.0.as_slice()));
            },
        ),
        4 => read(bundler(kind).transaction(hash).boxed(), |found| match found {
            Some(found) => assert!(is_hex(&answer["transactionHash"], found.as_slice())),
            None => assert!(answer.is_null() || answer["transactionHash"].is_null()),
        }),
        5 => read(bundler(kind).knows(hash).boxed(), |knows| {
            assert!(!knows || !answer.is_null());
        }),
        6 => read(bundler(kind).supported_entry_points().boxed(), |points| {
            let told = answer.as_array().into_iter().flatten();
            assert_eq!(points.len(), told.filter(|point| !point.is_null()).count());
        }),
        7 => read(bundler(kind).chain_id().boxed(), |id| {
            assert!(is_number(&answer, U256::from(id)));
        }),
        8 => read(of_erc7677.ask(erc7677.stub(&draft(), &nothing)).boxed(), |stub| {
            payment(&stub.paymaster, &answer);
            unchanged(&answer, &whole(), false);
            assert_eq!(stub.is_final, is_true(&answer["isFinal"]));
        }),
        9 => {
            read(
                of_erc7677.ask(erc7677.data(&whole(), &nothing)).boxed(),
                |agreed| {
                    payment(&agreed.paymaster, &answer);
                    unchanged(&answer, &whole(), true);
                    assert_eq!(agreed.gas, GAS);
                },
            );
            let v0_7 = Erc7677Paymaster::new(EntryPoint::v0_7(80_002));
            read(of_erc7677.ask(v0_7.data(&whole(), &nothing)).boxed(), |agreed| {
                let PaymasterGas {
                    verification,
                    post_op,
                } = agreed.gas.paymaster;
                assert!(verification.bit_len() <= 120 && post_op.bit_len() <= 120);
                let own = PaymasterGas::NONE;
                assert_eq!(
                    GasLimits {
                        paymaster: own,
                        ..agreed.gas
                    },
                    GAS
                );
            });
        }
        10 => read(of_erc7677.ask(erc7677.rates(&TOKENS)).boxed(), |rates| {
            once_each(rates.iter().map(|rate| rate.token));
            rates.into_iter().for_each(rate);
        }),
        11 => read(
            of_biconomy
                .ask(biconomy.sponsor(&draft(), None, SponsorMode::Sponsored, &context))
                .boxed(),
            |agreed| {
                payment(&agreed.paymaster, &answer);
                unchanged(&answer, &whole(), false);
                limits(agreed.gas, &answer);
            },
        ),
        12 => read(
            of_biconomy
                .ask(biconomy.sponsor(&draft(), Some(GAS), SponsorMode::Token(TOKENS[0]), &context))
                .boxed(),
            |agreed| {
                payment(&agreed.paymaster, &answer);
                unchanged(&answer, &whole(), true);
                assert_eq!(agreed.gas, GAS);
            },
        ),
        13 => read(
            of_biconomy
                .ask(biconomy.quotes(&draft(), Some(GAS), &TOKENS, &context))
                .boxed(),
            |found| {
                once_each(found.iter().map(|quote| quote.token));
                found.iter().for_each(|found| quote(found, &answer));
            },
        ),
        14 => read(node.transaction(HASH).boxed(), |found| match found {
            Some((inclusion, _)) => {
                assert_eq!(inclusion.hash, HASH);
                assert!(is_number(
                    &answer["blockNumber"],
                    U256::from(inclusion.block_number)
                ));
            }
            None => assert!(answer.is_null()),
        }),
        15 => read(node.fees().boxed(), |fees| {
            assert!(fees.max_priority_fee_per_gas <= fees.max_fee_per_gas);
        }),
        16 => read(node.logs_between(TOKENS[0], &[None], 0..=1).boxed(), |logs| {
            let told = answer.as_array().into_iter().flatten();
            let is_mined = |log: &&serde_json::Value| !log["transactionHash"].is_null();
            assert_eq!(logs.len(), told.filter(is_mined).count());
        }),
        17 => read(node.call(TOKENS[0], &Erc20::symbolCall {}).boxed(), drop),
        18 => read(node.balance(TOKENS[0]).boxed(), |wei| {
            assert!(is_number(&answer, wei))
        }),
        _ => read(node.code(TOKENS[0]).boxed(), |code| {
            assert!(is_data(&answer, &code))
        }),
    }
}

/// Checks an answer that is available at once, or the error.
fn read<T>(asked: BoxFuture<'_, Result<T, ServiceError>>, check: impl FnOnce(T)) {
    match asked
        .now_or_never()
        .expect("an answer that is there is read at once")
    {
        Ok(found) => check(found),
        Err(error) => {
            super::answers::failed(error.failure());
            super::assert_shown(&error.to_string(), 1300);
        }
    }
}

const GAS: GasLimits = GasLimits {
    call: U256::from_limbs([35_000, 0, 0, 0]),
    verification: U256::from_limbs([70_000, 0, 0, 0]),
    pre_verification: U256::from_limbs([21_000, 0, 0, 0]),
    paymaster: PaymasterGas::NONE,
};

fn whole() -> UserOperation {
    draft().fill(GAS, None)
}
