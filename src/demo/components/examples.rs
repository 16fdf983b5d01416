//! The components that only the pages of the hooks use.

mod amount;
mod fact;
mod field;
mod holdings;
mod pick_session;
mod test_tokens;

pub(crate) use self::{
    amount::amount,
    fact::Fact,
    field::Field,
    holdings::{Holdings, use_decimals, use_holdings},
    pick_session::PickSession,
    test_tokens::TestTokens,
};
