/// What a user has bought and not yet talked. No figure is ever below zero, and nothing is available while something is
/// owed: what adds or frees time pays the debt first.
public struct Wallet: Sendable, Equatable {
  public private(set) var available: TalkTime
  public private(set) var held: TalkTime
  public private(set) var owed: TalkTime

  public static let empty = Wallet()

  private init() { (available, held, owed) = (.zero, .zero, .zero) }

  /// Nil for figures that no history of a wallet leads to.
  public init?(available: TalkTime, held: TalkTime, owed: TalkTime) {
    guard available >= .zero, held >= .zero, owed >= .zero, owed == .zero || available == .zero else { return nil }
    self.available = available
    self.held = held
    self.owed = owed
  }

  /// What a user sees as the balance: a live talk's holds are still theirs until it is settled.
  public var balance: TalkTime { available + held }

  /// What an operation moved. The ledger keeps these; their sums are the wallet.
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

  /// Adds time: a purchase, a grant, an opening balance. A negative time adds nothing.
  public mutating func credit(_ time: TalkTime) -> Change {
    moving { $0.free(max(.zero, time)) }
  }

  /// Sets time aside: what was wanted, or all there is; nothing where that is below the least that is of use.
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

  /// Closes holds and charges what was used. A charge above the holds is taken from what is available; what that lacks
  /// is owed.
  public mutating func settle(charge: TalkTime, holds: TalkTime) -> Change {
    moving {
      let closed = min(holds, $0.held)
      $0.held -= closed
      let rest = closed - max(.zero, charge)
      if rest >= .zero { $0.free(rest) } else { $0.take(-rest) }
    }
  }

  /// Takes time that is no longer the user's: a refund, talk that was found later.
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
