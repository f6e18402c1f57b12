import Domain

/// The seller, how his documents are numbered, and whether he must know the buyers' states.
public struct SellerSettings: Sendable {
  public let seller: Seller
  public let state: GSTState
  public let receipts, creditNotes, debitNotes: DocumentPrefix
  /// An order without a state is refused if the account has none either.
  public let requiresState: Bool

  /// A registered seller must name the buyer's state on an invoice for online services (CGST Rules 2017, rule 46(f)).
  public var asksForState: Bool { requiresState || seller.gstin != nil }

  public init(_ reader: SettingsReader) {
    let gstin = Self.gstin(reader)
    state = Self.state(reader, gstin)
    receipts = Self.prefix("RECEIPT_PREFIX", .receipt, reader)
    creditNotes = Self.prefix("CREDIT_NOTE_PREFIX", .creditNote, reader)
    debitNotes = Self.prefix("DEBIT_NOTE_PREFIX", .debitNote, reader)
    if Set([receipts, creditNotes, debitNotes]).count < 3 {
      reader.add("RECEIPT_PREFIX, CREDIT_NOTE_PREFIX and DEBIT_NOTE_PREFIX are not three, in capitals")
    }
    requiresState = reader.flag("BUYER_STATE_REQUIRED", default: false)
    // "Other online content" (scheme of classification of services, notification 11/2017).
    let sac = reader.string("SELLER_SAC", default: "998439")
    if sac.wholeMatch(of: #/[0-9]{4,8}/#) == nil { reader.add("SELLER_SAC is not four to eight digits") }
    seller = Seller(
      name: reader.string("SELLER_NAME", default: "Talktime"), address: reader.optional("SELLER_ADDRESS"),
      gstin: gstin, state: state, sac: sac)
  }

  private static func gstin(_ reader: SettingsReader) -> GSTIN? {
    guard let text = reader.optional("SELLER_GSTIN") else { return nil }
    guard let gstin = GSTIN(text) else {
      reader.add("SELLER_GSTIN is no GSTIN")
      return nil
    }
    return gstin
  }

  private static func state(_ reader: SettingsReader, _ gstin: GSTIN?) -> GSTState {
    guard let text = reader.optional("SELLER_STATE") else { return gstin?.state ?? .karnataka }
    guard let state = GSTState(text) else {
      reader.add("SELLER_STATE is no state of India")
      return .karnataka
    }
    if let gstin, gstin.state != state { reader.add("SELLER_STATE is not the state of SELLER_GSTIN") }
    return state
  }

  private static func prefix(
    _ name: String, _ fallback: DocumentPrefix, _ reader: SettingsReader
  ) -> DocumentPrefix {
    guard let text = reader.optional(name) else { return fallback }
    guard let prefix = DocumentPrefix(text) else {
      reader.add("\(name) is not one to four letters, digits or hyphens, the first no hyphen and no zero")
      return fallback
    }
    return prefix
  }
}
