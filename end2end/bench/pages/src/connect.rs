//! A page that connects a wallet.

fn main() {
    pages::mount(pages::Connect);
}
