//! The provider, without a hook.

use use_aa::BiconomyV2;

fn main() {
    pages::mount_with(BiconomyV2::WITHOUT_SESSIONS, || "Nothing");
}
