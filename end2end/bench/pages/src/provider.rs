//! The provider, without a hook.

fn main() {
    pages::mount_without_sessions(|| "Nothing");
}
