use alloy::{
    hex,
    primitives::{Address, B256, I256, U256, address, b256, bytes},
    sol,
    sol_types::{SolStruct, SolValue, eip712_domain},
};

use serde_json::Value;

use super::*;
use crate::signer::TypedData;

sol! {
    struct Person {
        string name;
        address wallet;
    }

    struct Mail {
        Person from;
        Person to;
        string contents;
    }

    enum Colour { Red, Green }

    struct Item {
        bool sold;
        bytes4 mark;
        int16 change;
        Colour colour;
    }

    struct Everything {
        bytes data;
        uint256 most;
        Item[2] items;
        string[] words;
        uint8[2][] grid;
        Person[] people;
        bytes32 last;
    }

    interface Here {
        struct Inner {
            uint256 value;
        }
    }

    interface There {
        struct Inner {
            address owner;
        }
    }

    struct One {
        Here.Inner inner;
    }

    struct Both {
        Here.Inner here;
        There.Inner there;
    }
}

const WALLET: Address = address!("CD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        wallet: WALLET,
    }
}

#[test]
fn the_standard_s_example_is_hashed_and_written_as_there() {
    let mail = Mail {
        from: person("Cow"),
        to: Person {
            name: "Bob".to_owned(),
            wallet: address!("bBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
        },
        contents: "Hello, Bob!".to_owned(),
    };
    let domain = eip712_domain! {
        name: "Ether Mail",
        version: "1",
        chain_id: 1,
        verifying_contract: address!("CcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"),
    };

    let data = TypedData::new(&mail, &domain).unwrap();

    // https://eips.ethereum.org/assets/eip-712/Example.js
    assert_eq!(
        data.hash(),
        b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2")
    );
    let expected = concat!(
        r#"{"types":{"#,
        r#""EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},"#,
        r#"{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],"#,
        r#""Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person"},"#,
        r#"{"name":"contents","type":"string"}],"#,
        r#""Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}]},"#,
        r#""primaryType":"Mail","#,
        r#""domain":{"name":"Ether Mail","version":"1","chainId":1,"#,
        r#""verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},"#,
        r#""message":{"from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},"#,
        r#""to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},"#,
        r#""contents":"Hello, Bob!"}}"#,
    );
    assert_eq!(data.json(), expected);
}

#[test]
fn values_of_every_type_are_read_from_where_they_lie() {
    let item = |sold, change, colour| Item {
        sold,
        mark: hex!("01020304").into(),
        change,
        colour,
    };
    let everything = Everything {
        data: bytes!("c0ffee"),
        most: U256::MAX,
        items: [item(true, -5, Colour::Red), item(false, 7, Colour::Green)],
        words: vec![
            "a \"quoted\" word".to_owned(),
            String::new(),
            "Grüße 😀".to_owned(),
        ],
        grid: vec![[1, 2], [3, 4], [5, 6]],
        people: vec![person("Ann")],
        last: B256::repeat_byte(0x77),
    };
    let domain = eip712_domain! { chain_id: u64::MAX, salt: B256::repeat_byte(1) };

    let data = TypedData::new(&everything, &domain).unwrap();

    let read = serde_json::from_str::<Value>(data.json()).unwrap();
    let expected = serde_json::json!({
        "data": "0xc0ffee",
        "most": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "items": [
            {"sold": true, "mark": "0x01020304", "change": "-5", "colour": "0"},
            {"sold": false, "mark": "0x01020304", "change": "7", "colour": "1"},
        ],
        "words": ["a \"quoted\" word", "", "Grüße 😀"],
        "grid": [["1", "2"], ["3", "4"], ["5", "6"]],
        "people": [{"name": "Ann", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"}],
        "last": "0x7777777777777777777777777777777777777777777777777777777777777777",
    });
    assert_eq!(read["message"], expected);
    assert_eq!(read["domain"]["chainId"], "18446744073709551615");
    assert_eq!(read["types"]["Item"][3]["type"], "uint8", "an enum is its number");
}

#[test]
fn two_structs_of_one_name_are_an_error() {
    let domain = Eip712Domain::default();
    let here = Here::Inner { value: U256::from(1) };
    let both = Both {
        here: here.clone(),
        there: There::Inner { owner: WALLET },
    };

    assert!(TypedData::new(&One { inner: here }, &domain).is_ok());
    let error = TypedDataError("Inner".to_owned());
    assert_eq!(TypedData::new(&both, &domain), Err(error));
}

#[test]
fn encoding_that_is_cut_is_an_error() {
    let mail = Mail {
        from: person("Cow"),
        to: person("Bob"),
        contents: "Hello".to_owned(),
    };
    let types = Mail::eip712_encode_type();
    let encoded = mail.abi_encode();
    let domain = Eip712Domain::default();
    assert!(encode("Mail", &types, &encoded, &domain).is_ok());
    // The rest after the last text is padding.
    let end = encoded.len() - WORD + mail.contents.len();

    for length in 0..end {
        assert!(
            encode("Mail", &types, &encoded[..length], &domain).is_err(),
            "{length}"
        );
    }
    for offset in [U256::MAX, U256::from(u64::MAX), U256::from(u64::MAX - 40)] {
        let astray = [offset.to_be_bytes::<WORD>().as_slice(), &encoded[WORD..]].concat();
        assert!(encode("Mail", &types, &astray, &domain).is_err(), "{offset}");
    }
    let endless = "Mail(uint8[18446744073709551615] numbers)";
    assert!(encode("Mail", endless, &encoded, &domain).is_err());
    let unknown = encode("Mail", "Mail(fixed price)", &encoded, &domain);
    assert_eq!(unknown, Err(TypedDataError("fixed".to_owned())));
}

#[test]
fn negative_numbers_are_written_whole() {
    assert_eq!(
        shown("int256", &I256::MIN.to_be_bytes()),
        Some(quoted(&I256::MIN.to_string()))
    );
    assert_eq!(shown("int8", &I256::MINUS_ONE.to_be_bytes()), Some(quoted("-1")));
}
