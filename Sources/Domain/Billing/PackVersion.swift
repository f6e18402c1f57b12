import FoundationEssentials

/// A pack as it was put on sale once. It is never edited: an order names the version that it was made at.
///
/// At any moment the newest version that is active then is the one on sale.
public struct PackVersion: Sendable, Equatable {
  public let pack: Pack
  public let activeFrom: Date
  /// From then on it is not sold; nil for no end.
  public let activeUntil: Date?

  /// - Throws: why nobody could buy it.
  public init(_ pack: Pack, from: Date, until: Date? = nil) throws(PackRefusal) {
    try Self.check(pack)
    if let until, until <= from { throw .endsBeforeItBegins }
    self.pack = pack
    activeFrom = from
    activeUntil = until
  }

  /// As it stands in the store, where a version may have been taken back before it began.
  public init(stored pack: Pack, from: Date, until: Date?) {
    self.pack = pack
    activeFrom = from
    activeUntil = until
  }

  /// The next version, in which only what is given changes. A version that has ended begins anew, without an end.
  public func revised(_ changes: PackChanges, at now: Date) throws(PackRefusal) -> PackVersion {
    let next = Pack(
      id: pack.id, version: pack.version + 1, name: changes.name ?? pack.name,
      talkTime: changes.talkTime ?? pack.talkTime,
      price: Money(changes.amount ?? pack.price.amount, changes.currency ?? pack.price.currency),
      taxRate: changes.taxRate ?? pack.taxRate)
    let from = changes.from ?? max(activeFrom, now)
    let until = changes.until ?? activeUntil.flatMap { $0 > from ? $0 : nil }
    return try PackVersion(next, from: from, until: until)
  }

  /// What Razorpay takes for one order: from ₹1 to ₹5,00,000.
  private static let amounts = Paise(100)...Paise(50_000_000)
  /// A year of talk: a slip of the keyboard, rather than an offer, lies beyond.
  private static let longest = TalkTime.minutes(366 * 24 * 60)

  private static func check(_ pack: Pack) throws(PackRefusal) {
    guard PackID(pack.id) != nil else { throw .invalidID }
    let isPrintable = pack.name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard (1...80).contains(pack.name.unicodeScalars.count), isPrintable,
      pack.name.contains(where: { !$0.isWhitespace })
    else { throw .invalidName }
    guard pack.talkTime > .zero, pack.talkTime <= longest else { throw .invalidTalkTime }
    guard pack.price.currency == .inr else { throw .invalidCurrency }
    guard amounts.contains(pack.price.amount) else { throw .invalidAmount }
  }
}

/// What an edit names; all else stays.
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

public enum PackRefusal: Error, Equatable, CustomStringConvertible {
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
