import FoundationEssentials

/// One version of a pack, as it was put on sale. A version is never edited: an order names the version that it was made
/// at.
///
/// At any moment the newest version that is active then is the one on sale.
public struct PackVersion: Sendable, Equatable {
  public let pack: Pack
  public let activeFrom: Date
  /// The moment from which the version is no longer sold; nil for no end.
  public let activeUntil: Date?

  /// - Throws: why the pack could never be bought.
  public init(_ pack: Pack, from: Date, until: Date? = nil) throws(PackProblem) {
    try Self.check(pack)
    if let until, until <= from { throw .endsBeforeItBegins }
    self.pack = pack
    activeFrom = from
    activeUntil = until
  }

  /// Restores a stored version, which may have been withdrawn before it began.
  public init(stored pack: Pack, from: Date, until: Date?) {
    self.pack = pack
    activeFrom = from
    activeUntil = until
  }

  /// The next version, in which only the given fields change. If this version has ended, the next one begins now and
  /// has no end.
  public func revised(_ changes: PackChanges, at now: Date) throws(PackProblem) -> PackVersion {
    let next = Pack(
      id: pack.id, version: pack.version + 1, name: changes.name ?? pack.name,
      talkTime: changes.talkTime ?? pack.talkTime,
      price: Money(changes.amount ?? pack.price.amount, changes.currency ?? pack.price.currency),
      taxRate: changes.taxRate ?? pack.taxRate)
    let from = changes.from ?? max(activeFrom, now)
    let until = changes.until ?? activeUntil.flatMap { $0 > from ? $0 : nil }
    return try PackVersion(next, from: from, until: until)
  }

  /// The amounts that Razorpay accepts for one order: from ₹1 to ₹5,00,000.
  private static let amounts = Paise(100)...Paise(50_000_000)
  /// The longest talk time of a pack: a year. A longer one is a typing error rather than an offer.
  private static let longest = TalkTime.minutes(366 * 24 * 60)

  private static func check(_ pack: Pack) throws(PackProblem) {
    guard PackID(pack.id) != nil else { throw .invalidID }
    guard pack.name.unicodeScalars.count <= 80, !pack.name.isBlank,
      pack.name.unicodeScalars.allSatisfy(\.isPrintable)
    else { throw .invalidName }
    guard pack.talkTime > .zero, pack.talkTime <= longest else { throw .invalidTalkTime }
    guard pack.price.currency == .inr else { throw .invalidCurrency }
    guard amounts.contains(pack.price.amount) else { throw .invalidAmount }
  }
}

/// The fields that an edit changes; all others stay.
public struct PackChanges: Sendable, Equatable {
  public var name: String?
  public var talkTime: TalkTime?
  public var amount: Paise?
  public var currency: Currency?
  public var taxRate: TaxRate?
  public var from: Date?
  public var until: Date?

  public init() {}

  public var isEmpty: Bool { self == PackChanges() }
}

public enum PackProblem: Error, Equatable, CustomStringConvertible {
  case invalidID, invalidName, invalidTalkTime, invalidAmount, invalidCurrency, endsBeforeItBegins

  public var description: String {
    switch self {
    case .invalidID: "an id has 1 to 40 small letters, digits and hyphens"
    case .invalidName: "a name has 1 to 80 characters, none of them a control character"
    case .invalidTalkTime: "the talk time is more than nothing and at most a year"
    case .invalidAmount: "the amount is 100 to 50000000 paise, tax included: Razorpay takes no other"
    case .invalidCurrency: "packs are sold in INR alone: Razorpay settles in it, and tax documents are written in it"
    case .endsBeforeItBegins: "it would end before it begins"
    }
  }
}
