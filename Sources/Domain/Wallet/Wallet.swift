/// The talk time that a user has bought and not yet used. No figure is ever negative, and nothing is available while
/// something is owed: a credit or a released hold pays the debt first.
public struct Wallet: Sendable, Equatable {
  public private(set) var available: TalkTime
  public private(set) var held: TalkTime
  public private(set) var owed: TalkTime

  public static let empty = Wallet()

  private init() { (available, held, owed) = (.zero, .zero, .zero) }

  /// Nil for figures that no valid history of a wallet leads to.
  public init?(available: TalkTime, held: TalkTime, owed: TalkTime) {
    guard available >= .zero, held >= .zero, owed >= .zero, owed == .zero || available == .zero else { return nil }
    self.available = available
    self.held = held
    self.owed = owed
  }

  /// The balance that a user sees. It includes a live talk's holds, which belong to the user until the talk is settled.
  public var balance: TalkTime { available + held }

  /// The change of each figure by one operation. The ledger stores these changes; their sums are the wallet.
  public struct Change: Sendable, Equatable {
    public let available: TalkTime
    public let held: TalkTime
    public let owed: TalkTime

    public init(available: TalkTime, held: TalkTime, owed: TalkTime) {
      self.available = available
      self.held = held
      self.owed = owed
    }

    public var isNothing: Bool { available == .zero && held == .zero && owed == .zero }
  }

  /// Adds time: a purchase, a grant or an opening balance. A negative time adds nothing.
  public mutating func credit(_ time: TalkTime) -> Change {
    moving { $0.free(max(.zero, time)) }
  }

  /// Holds the wanted time, or all that is available if that is less; holds nothing if the result would be below the
  /// useful minimum.
  public mutating func hold(upTo wanted: TalkTime, atLeast least: TalkTime = .zero) -> (
    amount: TalkTime, change: Change
  ) {
    let there = min(max(.zero, wanted), available)
    let amount = there < least ? .zero : there
    let change = moving {
      $0.available -= amount
      $0.held += amount
    }
    return (amount, change)
  }

  /// Closes holds and charges the used time. A charge above the holds is taken from the available time, and the rest
  /// becomes owed.
  public mutating func settle(charge: TalkTime, holds: TalkTime) -> Change {
    moving {
      let closed = min(holds, $0.held)
      $0.held -= closed
      let rest = closed - max(.zero, charge)
      if rest >= .zero { $0.free(rest) } else { $0.take(-rest) }
    }
  }

  /// Takes time that no longer belongs to the user: a refund, or talk that was reported later.
  public mutating func debit(_ time: TalkTime) -> Change {
    moving { $0.take(max(.zero, time)) }
  }

  private mutating func free(_ time: TalkTime) {
    let paid = min(owed, time)
    owed -= paid
    available += time - paid
  }

  private mutating func take(_ time: TalkTime) {
    let taken = min(available, time)
    available -= taken
    owed += time - taken
  }

  private mutating func moving(_ body: (inout Wallet) -> Void) -> Change {
    let before = self
    body(&self)
    return Change(
      available: available - before.available, held: held - before.held, owed: owed - before.owed)
  }
}
