/// The seller, as tax documents name him (CGST Rules 2017, rule 46(a)).
public struct Seller: Hashable, Sendable, Codable {
  public let name: String
  public let address: String?
  /// Nil for a seller who is not registered; his document is a receipt and not a tax invoice.
  public let gstin: String?
  public let state: PrintedGSTState
  /// The services accounting code of what is sold (rule 46(g)).
  public let sac: String

  public init(name: String, address: String?, gstin: GSTIN?, state: GSTState, sac: String) {
    self.name = name
    self.address = address
    self.gstin = gstin?.text
    self.state = PrintedGSTState(state)
    self.sac = sac
  }
}

/// The buyer, as far as the order says.
public struct DocumentBuyer: Hashable, Sendable, Codable {
  /// The name that the order gave, such as the registered one (rule 46(d)); otherwise the account's name.
  public let name: String?
  /// The address lines that the order gave.
  public let address: String?
  public let email: String?
  public let gstin: String?
  public let state: PrintedGSTState?

  public init(name: String?, address: String? = nil, email: String?, gstin: String?, state: GSTState?) {
    self.name = name
    self.address = address
    self.email = email
    self.gstin = gstin
    self.state = state.map(PrintedGSTState.init)
  }
}

/// A state as a document names it: with the code and the name of the day of issue.
public struct PrintedGSTState: Hashable, Sendable, Codable {
  public let code: String
  public let name: String

  public init(_ state: GSTState) {
    code = state.code
    name = state.name
  }
}
