//! Every kind of session, on deployed and counterfactual accounts, with every payment.

use std::{error::Error, net::SocketAddr, sync::Arc};

use alloy::primitives::{Address, Bytes, U256, hex};
use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use use_aa::{
    BiconomyV2, BoxFuture, Call, CreateSession, Erc20Policy, Error as AccountError, ErrorKind, Payment,
    Permission, Policy, Request, SendTransaction, SessionKey, SessionSigner, SignerError, SmartAccountClient,
    TokenPayment, UseSession, UserOpResponse, Violation,
};

use crate::support::{
    Dialect, HOUR, Outcome, Token, balance, fund, give_tokens, granted, included, mint_policy, mint_to,
    owner, token, tokens,
};

/// A kind of session.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A session for single calls.
    Single,
    /// A batch session for a mint and a transfer, each with its own policy.
    Batch,
    /// A session for transfers, with the ERC-20 session validation module.
    Erc20,
    /// A session whose key is behind HTTP.
    Remote,
    /// A batch session whose key is behind HTTP.
    RemoteBatch,
}

/// Returns all payments. The token allowance covers all operations of a test.
fn payments() -> [Payment; 3] {
    let in_token = TokenPayment::new(token(), U256::from(1_000_000));
    [
        Payment::Own,
        Payment::Sponsored,
        in_token.approve(U256::MAX).into(),
    ]
}

/// The account's balance of the fee token, in its smallest unit.
const TOKENS: u64 = 5_000_000;

const FRIEND: Address = Address::repeat_byte(0xf1);

fn transfer(amount: u64) -> Call {
    let amount = U256::from(amount);
    Call::new(token(), Token::transferCall { to: FRIEND, amount })
}

fn transfer_policy() -> Policy {
    Policy::call::<Token::transferCall>(token())
        .equal(|call| &mut call.to, FRIEND)
        .and_then(|policy| policy.at_most(|call| &mut call.amount, U256::from(10)))
        .expect("both arguments have a fixed place")
        .into()
}

impl Kind {
    fn permissions(self, account: Address) -> Vec<Permission> {
        match self {
            Self::Single | Self::Remote => vec![mint_policy(account).into()],
            Self::Erc20 => vec![Erc20Policy::new(token(), FRIEND, U256::from(10)).into()],
            Self::Batch => vec![
                Erc20Policy::new(token(), FRIEND, U256::from(10)).into(),
                mint_policy(account).into(),
            ],
            Self::RemoteBatch => vec![mint_policy(account).into(), transfer_policy().into()],
        }
    }

    const fn is_batch(self) -> bool {
        matches!(self, Self::Batch | Self::RemoteBatch)
    }

    async fn signer(self) -> Result<Option<HttpSigner>, Box<dyn Error>> {
        match self {
            Self::Remote | Self::RemoteBatch => HttpSigner::start().await.map(Some),
            _ => Ok(None),
        }
    }

    /// Makes the calls that the session permits.
    async fn act(
        self,
        client: &SmartAccountClient,
        signer: Option<HttpSigner>,
        payment: Payment,
    ) -> Result<UserOpResponse, AccountError> {
        let mint = mint_to(client.address());
        let calls = match self {
            Self::Single | Self::Remote => vec![mint],
            Self::Erc20 => vec![transfer(7)],
            Self::Batch | Self::RemoteBatch => vec![mint, transfer(7)],
        };
        let request = UseSession::new(calls).pay(payment);
        let request = match signer {
            Some(signer) => request.signer(signer),
            None => request,
        };
        client.use_session(request).await
    }

    /// Returns the number of NFTs and the units of the fee token that one use of the session transfers.
    const fn moves(self) -> (u64, u64) {
        match self {
            Self::Single | Self::Remote => (1, 0),
            Self::Erc20 => (0, 7),
            Self::Batch | Self::RemoteBatch => (1, 7),
        }
    }
}

#[tokio::test]
async fn sessions_for_single_calls_work_on_every_account_however_they_are_paid_for() -> Outcome {
    works(Kind::Single).await
}

#[tokio::test]
async fn sessions_for_batches_work_on_every_account_however_they_are_paid_for() -> Outcome {
    works(Kind::Batch).await
}

#[tokio::test]
async fn sessions_for_transfers_work_on_every_account_however_they_are_paid_for() -> Outcome {
    works(Kind::Erc20).await
}

#[tokio::test]
async fn sessions_of_a_remote_key_work_on_every_account_however_they_are_paid_for() -> Outcome {
    works(Kind::Remote).await
}

#[tokio::test]
async fn sessions_for_batches_of_a_remote_key_work_on_every_account_however_they_are_paid_for() -> Outcome {
    works(Kind::RemoteBatch).await
}

/// Tests a kind of session in every dialect, on deployed and counterfactual accounts, with all payments concurrently.
async fn works(kind: Kind) -> Outcome {
    for dialect in Dialect::ALL {
        for is_deployed in [false, true] {
            let acts = payments().map(async |payment| {
                let combination = format!("{dialect:?} {kind:?} deployed: {is_deployed} {payment:?}");
                let acted = grant_and_act(dialect, kind, is_deployed, payment).await;
                acted.map_err(|error| format!("{combination}: {error}"))
            });
            for acted in join_all(acts).await {
                acted?;
            }
        }
    }
    Ok(())
}

async fn grant_and_act(dialect: Dialect, kind: Kind, is_deployed: bool, payment: Payment) -> Outcome {
    let client = SmartAccountClient::new(dialect.services(), BiconomyV2::owned_by(owner()));
    let account = client.address();
    if payment == Payment::Own {
        fund(account, U256::from(10).pow(U256::from(18))).await?;
    }
    give_tokens(account, TOKENS).await?;
    if is_deployed {
        let call = Call::transfer(account, U256::ZERO);
        let deploy = SendTransaction::from(call).pay(payment);
        included(&client, client.send(deploy).await?).await?;
    }

    let signer = kind.signer().await?;
    let request = CreateSession::new(kind.permissions(account))
        .lasting(HOUR)
        .for_batches(kind.is_batch())
        .pay(payment);
    let request = match &signer {
        Some(signer) => request.signer(signer),
        None => request,
    };
    granted(&client, request).await?;
    for _ in 0..2 {
        included(&client, kind.act(&client, signer.clone(), payment).await?).await?;
    }

    let (minted, sent) = kind.moves();
    assert_eq!(balance(account).await?, U256::from(2 * minted));
    let left = tokens(account).await?;
    let expected = U256::from(TOKENS - 2 * sent);
    match payment {
        Payment::Token(_) => assert!(left < expected, "gas was paid for in tokens: {left}"),
        _ => assert_eq!(left, expected),
    }
    Ok(())
}

#[tokio::test]
async fn a_batch_with_one_forbidden_call_is_refused_here_and_on_chain() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner()));
    give_tokens(client.address(), 1_000).await?;
    let request = CreateSession::new(Kind::Batch.permissions(client.address()))
        .lasting(HOUR)
        .for_batches(true);
    let granted = client
        .create_session(request.pay(Payment::Sponsored))
        .await?
        .into_user_op()
        .ok_or("the grant is no operation")?;
    included(&client, granted).await?;
    let calls = || UseSession::new([mint_to(client.address()), transfer(11)]).pay(Payment::Sponsored);

    let here = client.use_session(calls()).await;
    let there = client.use_session(calls().unchecked()).await;

    assert!(
        matches!(
            here.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::Forbidden(_))
        ),
        "{here:?}"
    );
    let Err(ErrorKind::ForbiddenByChain { violation, .. }) = there.as_ref().map_err(AccountError::kind)
    else {
        panic!("the chain took it: {there:?}");
    };
    assert!(matches!(**violation, Violation::Amount { .. }), "{violation}");
    assert_eq!(balance(client.address()).await?, U256::ZERO);
    Ok(())
}

#[tokio::test]
async fn a_session_for_batches_leaves_earlier_sessions_working() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));
    crate::support::grant(&client).await?;
    let request = CreateSession::new([transfer_policy()])
        .lasting(HOUR)
        .for_batches(true)
        .pay(Payment::Sponsored);
    granted(&client, request).await?;
    give_tokens(client.address(), 1_000).await?;

    let mint = UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);
    let batch = UseSession::new([transfer(1), transfer(2)]).pay(Payment::Sponsored);
    included(&client, client.use_session(mint).await?).await?;
    included(&client, client.use_session(batch).await?).await?;

    assert_eq!(balance(client.address()).await?, U256::from(1));
    assert_eq!(tokens(client.address()).await?, U256::from(997));
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_brought_is_kept() -> Outcome {
    let key = SessionKey::random()?;
    let id = key.address();
    let client = SmartAccountClient::new(Dialect::Standard.services(), BiconomyV2::owned_by(owner()));

    let request = CreateSession::new([mint_policy(client.address())])
        .key(key)
        .pay(Payment::Sponsored);
    granted(&client, request).await?;

    let mint = UseSession::new(mint_to(client.address()))
        .session(id)
        .pay(Payment::Sponsored);
    included(&client, client.use_session(mint).await?).await?;
    assert_eq!(
        client
            .sessions()
            .await?
            .active()
            .iter()
            .map(|session| session.id)
            .collect::<Vec<_>>(),
        [id]
    );
    Ok(())
}

#[tokio::test]
async fn a_remote_signer_that_fails_or_lies_is_named() -> Outcome {
    let client = SmartAccountClient::new(Dialect::Biconomy.services(), BiconomyV2::owned_by(owner()));
    let signer = HttpSigner::start().await?;
    let request = CreateSession::new([mint_policy(client.address())])
        .signer(&signer)
        .pay(Payment::Sponsored);
    granted(&client, request).await?;
    let mint = || UseSession::new(mint_to(client.address())).pay(Payment::Sponsored);

    let liar = HttpSigner {
        server: HttpSigner::start().await?.server,
        ..signer.clone()
    };
    let lied = client.use_session(mint().signer(liar)).await;
    let nobody = HttpSigner {
        server: "127.0.0.1:1".parse()?,
        ..signer.clone()
    };
    let failed = client.use_session(mint().signer(nobody)).await;
    let without = client.use_session(mint()).await;

    assert_eq!(
        lied.err(),
        Some(SignerError::WrongSignature(signer.address).into())
    );
    assert!(
        matches!(
            failed.as_ref().map_err(AccountError::kind),
            Err(ErrorKind::SessionSigner(SignerError::Failed(_)))
        ),
        "{failed:?}"
    );
    assert_eq!(without.err(), Some(ErrorKind::NoSession.into()));
    included(&client, client.use_session(mint().signer(signer)).await?).await?;
    Ok(())
}

/// A session signer over HTTP, as for a key in another process.
#[derive(Clone, Debug)]
struct HttpSigner {
    server: SocketAddr,
    address: Address,
}

impl HttpSigner {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let key = Arc::new(SessionKey::random()?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (server, address) = (listener.local_addr()?, key.address());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let key = Arc::clone(&key);
                tokio::spawn(async move { serve(stream, &key).await.ok() });
            }
        });
        Ok(Self { server, address })
    }
}

/// Reads one request with a body in hex, and responds with the signature in hex.
async fn serve(mut stream: TcpStream, key: &SessionKey) -> Outcome {
    let mut request = Vec::new();
    let body = loop {
        let mut chunk = [0; 1024];
        let length = stream.read(&mut chunk).await?;
        request.extend(&chunk[..length]);
        let text = str::from_utf8(&request)?;
        match text.split_once("\r\n\r\n") {
            Some((_, body)) if body.len() == 64 => break body.to_owned(),
            _ if length == 0 => return Err("the request ends early".into()),
            _ => {}
        }
    };
    let signature = hex::encode(key.sign(&hex::decode(body)?)?);
    let length = signature.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{signature}");
    stream.write_all(answer.as_bytes()).await?;
    Ok(())
}

impl SessionSigner for HttpSigner {
    fn address(&self) -> Address {
        self.address
    }

    fn sign_message<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Bytes, SignerError>> {
        let request = reqwest::Client::new()
            .post(format!("http://{}", self.server))
            .body(hex::encode(message));
        let failed = |error: &dyn Error| SignerError::Failed(error.to_string());
        Box::pin(async move {
            let answer = request.send().await.map_err(|error| failed(&error))?;
            let text = answer.text().await.map_err(|error| failed(&error))?;
            let signature = hex::decode(text).map_err(|error| failed(&error))?;
            Ok(signature.into())
        })
    }
}
