/// What a buyer states for the tax document: the place of supply and the tax registration.
public struct BuyerTaxDetails: Sendable, Hashable {
  public let state: GSTState?
  public let gstin: GSTIN?

  private init(state: GSTState?, gstin: GSTIN?) {
    self.state = state
    self.gstin = gstin
  }

  /// A buyer who has stated nothing.
  public static let unknown = BuyerTaxDetails(state: nil, gstin: nil)

  /// A registration belongs to one state, so a GSTIN alone gives both. An empty text counts as not given.
  public static func read(state stateText: String?, gstin gstinText: String?) throws(BuyerRefusal) -> BuyerTaxDetails {
    var gstin: GSTIN?
    if let text = gstinText, !text.isEmpty {
      guard let known = GSTIN(text) else { throw .invalidGSTIN }
      gstin = known
    }
    guard let text = stateText, !text.isEmpty else { return BuyerTaxDetails(state: gstin?.state, gstin: gstin) }
    guard let state = GSTState(text) else { throw .unknownState }
    guard gstin == nil || gstin?.state == state else { throw .stateDiffersFromGSTIN }
    return BuyerTaxDetails(state: state, gstin: gstin)
  }

  /// Fills in the account's last known state if the buyer stated none. A registration is never filled in: it must be
  /// stated with each order.
  public func completed(by kept: BuyerTaxDetails?) -> BuyerTaxDetails {
    BuyerTaxDetails(state: state ?? kept?.state, gstin: gstin)
  }

  /// Whether this is the statement that an order was made from. A state that was not given came from the account.
  public func isSaid(in ordered: BuyerTaxDetails) -> Bool {
    gstin == ordered.gstin && (state == nil || state == ordered.state)
  }
}

/// The name and the address that a tax document is made out to. For a registered buyer these are the registered ones
/// (CGST Rules 2017, rule 46(d)).
public struct DocumentBillTo: Sendable, Hashable {
  /// 1 to 100 characters in one line.
  public let name: String?
  /// 1 to 300 characters in at most six lines.
  public let address: String?

  private init(name: String?, address: String?) {
    self.name = name
    self.address = address
  }

  public static let unknown = DocumentBillTo(name: nil, address: nil)

  /// An empty text counts as not given.
  public static func read(name: String?, address: String?) throws(BuyerRefusal) -> DocumentBillTo {
    let name = trimmed(name ?? "")
    guard name.unicodeScalars.count <= 100, isPrintable(name) else { throw .invalidName }
    let lines = (address ?? "").split(omittingEmptySubsequences: false) { $0.isNewline }.map { trimmed(String($0)) }
      .filter { !$0.isEmpty }
    let whole = lines.joined(separator: "\n")
    guard lines.count <= 6, whole.unicodeScalars.count <= 300, lines.allSatisfy(isPrintable) else {
      throw .invalidAddress
    }
    return DocumentBillTo(name: name.isEmpty ? nil : name, address: whole.isEmpty ? nil : whole)
  }

  /// Fills in the kept values where none were given.
  public func completed(by kept: DocumentBillTo?) -> DocumentBillTo {
    DocumentBillTo(name: name ?? kept?.name, address: address ?? kept?.address)
  }

  private static func trimmed(_ text: String) -> String {
    String(text.trimmingPrefix { $0.isWhitespace }.reversed().trimmingPrefix { $0.isWhitespace }.reversed())
  }

  /// Whether the text has no control character and none that changes the direction of the text around it.
  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy(\.isPrintable)
  }
}

/// What an order says of its buyer for its documents. The next order starts from the last one that said anything.
public struct BuyerProfile: Sendable, Hashable {
  public let buyer: BuyerTaxDetails
  public let billTo: DocumentBillTo

  public init(buyer: BuyerTaxDetails, billTo: DocumentBillTo) {
    self.buyer = buyer
    self.billTo = billTo
  }

  public static let unknown = BuyerProfile(buyer: .unknown, billTo: .unknown)

  /// Whether any order gave any of these details.
  public var isKnown: Bool { self != .unknown }

  /// Fills in what is missing. A name and an address belong to the registration that they were given with, or to a
  /// buyer without one.
  public func completed(by kept: BuyerProfile?) -> BuyerProfile {
    BuyerProfile(
      buyer: buyer.completed(by: kept?.buyer),
      billTo: buyer.gstin == kept?.buyer.gstin ? billTo.completed(by: kept?.billTo) : billTo)
  }
}

public enum BuyerRefusal: Error, Equatable {
  /// The text does not have the form of a GSTIN, or its check character is wrong.
  case invalidGSTIN
  case unknownState
  case stateDiffersFromGSTIN
  case invalidName, invalidAddress
}
