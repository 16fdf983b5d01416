//! The provider, without a hook.

fn main() {
    pages::mount(|| "Nothing");
}
