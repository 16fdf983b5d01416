use super::*;

const DOLLAR: Address = address!("00000000000000000000000000000000000000aa");
const EURO: Address = address!("00000000000000000000000000000000000000bb");
const UNASKED: Address = address!("00000000000000000000000000000000000000cc");

#[tokio::test]
async fn rates_are_of_tokens_that_were_asked_for() {
    let rate = |token: Address, rate: &str| json!({"token": token, "paymaster": UNASKED, "exchangeRate": rate, "postOpGas": "0x1"});
    let mut quotes = vec![rate(UNASKED, "0x1"), rate(DOLLAR, "0x2"), rate(DOLLAR, "0x3")];
    quotes.extend((0..5000).map(|_| rate(EURO, "0x4")));
    let (_service, paymaster) = erc7677(json!({ "quotes": quotes })).await;

    for (tokens, expected) in [
        (vec![EURO, DOLLAR, EURO], vec![(DOLLAR, 2), (EURO, 4)]),
        (vec![EURO], vec![(EURO, 4)]),
        (vec![], vec![]),
    ] {
        let rates = paymaster.ask(ERC7677.rates(&tokens)).await.unwrap();

        let told = rates.iter().map(|told| (told.token, told.rate.to()));
        assert_eq!(told.collect::<Vec<(Address, u64)>>(), expected, "{tokens:?}");
    }
}

#[tokio::test]
async fn quotes_are_of_tokens_that_were_asked_for_or_of_any() {
    let quote = |token: Address, symbol: &str| json!({"tokenAddress": token, "symbol": symbol, "decimal": 0, "maxGasFee": 1});
    let answer = json!({
        "paymasterAddress": UNASKED,
        "feeQuotes": [quote(UNASKED, "X"), quote(DOLLAR, "USD"), quote(DOLLAR, "US$"), quote(EURO, "EUR")],
    });
    let (_service, paymaster) = biconomy(answer).await;

    for (tokens, expected) in [
        (vec![EURO, DOLLAR, EURO], vec!["USD", "EUR"]),
        (vec![EURO], vec!["EUR"]),
        (vec![], vec!["X", "USD", "US$", "EUR"]),
    ] {
        let (draft, context) = (draft(), PaymasterContext::new());
        let quotes = paymaster
            .ask(BICONOMY.quotes(&draft, None, &tokens, &context))
            .await
            .unwrap();

        let told = quotes.iter().map(|told| told.symbol.as_str());
        assert_eq!(told.collect::<Vec<_>>(), expected, "{tokens:?}");
    }
}
