use alloy::{
    primitives::{U256, address, aliases::I24, aliases::U24, fixed_bytes},
    sol,
};

use super::*;

sol! {
    struct Point { uint24 x; int24 y; }
    struct Order { address maker; string note; }
    struct Item { uint256 price; string note; }

    function all(address a, bool b, uint8 c, uint256 d, bytes4 e, int64 f, Point g, uint16[3] h);
    function mixed(string name, address owner, uint256[] numbers, uint8 kind);
    function nested(Order order, address taker);
    function priced(Item item);
    function nothing();
}

const CONTRACT: Address = address!("1758f42af7026fbbb559dc60ece0de3ef81f665e");

fn rule<C>(policy: Result<CallPolicy<C>, PolicyError>) -> Rule {
    Policy::from(policy.unwrap()).rules()[0]
}

#[test]
fn limits_are_those_of_the_untyped_policy() {
    let typed = Policy::call::<allCall>(CONTRACT)
        .total_of(|call| &mut call.d, U256::from(5))
        .unwrap()
        .at_most_uses(2)
        .total_value(3);

    let untyped = Policy::new(CONTRACT, allCall::SELECTOR)
        .total_of(3, U256::from(5))
        .at_most_uses(2)
        .total_value(3);
    assert_eq!(Policy::from(typed), untyped);
    let dynamic = Policy::call::<pricedCall>(CONTRACT).total_of(|call| &mut call.item.price, U256::from(5));
    assert!(matches!(dynamic, Err(PolicyError::NoFixedPlace(_))));
}

#[test]
fn an_argument_is_found_by_its_field() {
    let all = || Policy::call::<allCall>(CONTRACT);
    let maker = Address::repeat_byte(7);
    for (found, counted) in [
        (
            rule(all().equal(|call| &mut call.a, maker)),
            Rule::equal(0, maker),
        ),
        (
            rule(all().not_equal(|call| &mut call.b, false)),
            Rule::not_equal(1, false),
        ),
        (rule(all().less(|call| &mut call.c, 0)), Rule::less(2, 0u8)),
        (
            rule(all().at_most(|call| &mut call.d, U256::ZERO)),
            Rule::at_most(3, U256::ZERO),
        ),
        (
            rule(all().equal(|call| &mut call.e, fixed_bytes!("40d097c3"))),
            Rule::equal(4, fixed_bytes!("40d097c3")),
        ),
        (rule(all().equal(|call| &mut call.f, -2)), Rule::equal(5, -2i64)),
        (
            rule(all().at_least(|call| &mut call.g.x, U24::from(9))),
            Rule::at_least(6, 9u8),
        ),
        (
            rule(all().not_equal(|call| &mut call.g.y, I24::MINUS_ONE)),
            Rule::not_equal(7, -1i8),
        ),
        (
            rule(all().greater(|call| &mut call.h[2], 5)),
            Rule::greater(10, 5u16),
        ),
    ] {
        assert_eq!(found, counted);
    }
}

#[test]
fn beside_dynamic_arguments_too() {
    let mixed = || Policy::call::<mixedCall>(CONTRACT);

    let owner = rule(mixed().equal(|call| &mut call.owner, CONTRACT));
    let kind = rule(mixed().at_most(|call| &mut call.kind, 3));

    assert_eq!(owner, Rule::equal(1, CONTRACT));
    assert_eq!(kind, Rule::at_most(3, 3u8));
}

#[test]
fn what_lies_inside_a_dynamic_argument_is_refused() {
    let nested = || Policy::call::<nestedCall>(CONTRACT);

    let inside = nested().equal(|call| &mut call.order.maker, CONTRACT);
    let beside = nested().equal(|call| &mut call.taker, CONTRACT);

    let refused = PolicyError::NoFixedPlace("nested((address,string),address)");
    assert_eq!(inside.err(), Some(refused));
    assert_eq!(rule(beside), Rule::equal(1, CONTRACT));
}

#[test]
fn what_is_no_argument_is_refused() {
    let elsewhere = Box::leak(Box::new(0u8));

    let policy = Policy::call::<nothingCall>(CONTRACT).equal(|_| elsewhere, 1);

    assert_eq!(policy.err(), Some(PolicyError::NoFixedPlace("nothing()")));
}

#[test]
fn limits_are_those_of_a_policy() {
    let interval = Interval {
        valid_after: 5,
        valid_until: 9,
    };

    let typed = Policy::call::<nothingCall>(CONTRACT)
        .value_limit_per_call(7)
        .interval(interval);

    let plain = Policy::new(CONTRACT, nothingCall::SELECTOR)
        .value_limit_per_call(7)
        .interval(interval);
    assert_eq!(Permission::from(typed), plain.into());
}
