/// Memory that several accounts share: whoever holds less than its share does not pay for those who hold more.
///
/// An account's share is the limit over the number of accounts that hold anything. Nobody is kept from more than that while
/// there is room; where there is none, those above their share make it.
struct SharedBudget {
    /// The most bytes all may be counted with.
    var limit: Int
    /// The bytes they are counted with now.
    private(set) var used = 0
    /// The same by account.
    private var accounts: [Int] = []
    /// How many accounts hold anything.
    private var holders = 0

    init(limit: Int) { self.limit = limit }

    /// Whether `cost` more bytes fit.
    func fits(_ cost: Int) -> Bool { used + cost <= limit }

    /// Whether more is held than may be.
    var isExceeded: Bool { used > limit }

    /// The bytes of an account.
    func bytes(of account: Int) -> Int { account < accounts.count ? accounts[account] : 0 }

    /// What each account may hold where there is no room, if `account` holds something.
    func share(with account: Int) -> Int { limit / max(1, holders + (bytes(of: account) == 0 ? 1 : 0)) }

    /// Books a change of an account's bytes.
    mutating func book(_ change: Int, to account: Int) {
        if account >= accounts.count {
            accounts.append(contentsOf: repeatElement(0, count: account + 1 - accounts.count))
        }
        let before = accounts[account]
        accounts[account] += change
        used += change
        precondition(accounts[account] >= 0, "an account gave back more bytes than it took")
        holders += (accounts[account] > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
    }
}
