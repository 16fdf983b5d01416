-- The texts of a session store by key.
CREATE TABLE session_texts (
    key text PRIMARY KEY,
    -- UTF-8. NULL only inside the transaction that locks a new key.
    content bytea
);

-- A known text, sealed by the vault, which shows whether a vault has the right key.
CREATE TABLE vault_check (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sealed bytea NOT NULL
);

-- Vouchers for one mint each. The voucher itself is not stored.
CREATE TABLE vouchers (
    digest bytea PRIMARY KEY,
    spent_at timestamptz,
    -- The hash of the mint's operation.
    user_op bytea
);
