//! A page that connects a wallet.

use use_aa::BiconomyV2;

fn main() {
    pages::mount_with(BiconomyV2::WITHOUT_SESSIONS, pages::Connect);
}
