//! A page that connects a wallet.

fn main() {
    pages::mount_without_sessions(pages::Connect);
}
