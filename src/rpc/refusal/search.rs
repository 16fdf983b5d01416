use super::Refusal;

/// The refusal of a search through the logs of blocks.
impl Refusal {
    /// Returns true if the code alone stands for a rate limit. Some nodes refuse a search through too many blocks this way.
    pub(crate) fn may_be_of_search(&self) -> bool {
        self.has_limit_code() && !self.says_any(&["rate", "request", "second", "slow down"])
    }

    /// Returns true if a node does not have the newest blocks of a range yet.
    pub(crate) fn is_of_newest_block(&self) -> bool {
        const BEYOND: &[&str] = &[
            "beyond current head",
            "beyond the latest",
            "invalid block range params",
            "after last accepted block",
            "blocks specified in filter",
        ];
        self.says_any(BEYOND)
    }
}
