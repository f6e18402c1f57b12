/// Who sells, as his documents name him (CGST Rules 2017, rule 46(a)).
public struct Seller: Hashable, Sendable, Codable {
  public let name: String
  public let address: String?
  /// Without one he is not registered and his document is a receipt and no tax invoice.
  public let gstin: String?
  public let state: DocumentPlace
  /// The services accounting code of what is sold (rule 46(g)).
  public let sac: String

  public init(name: String, address: String?, gstin: GSTIN?, state: GSTState, sac: String) {
    self.name = name
    self.address = address
    self.gstin = gstin?.text
    self.state = DocumentPlace(state)
    self.sac = sac
  }
}

/// Who bought, as far as the order tells.
public struct DocumentBuyer: Hashable, Sendable, Codable {
  /// The name that the order gave, such as the registered one (rule 46(d)); else the account's.
  public let name: String?
  /// Lines as the order gave them.
  public let address: String?
  public let email: String?
  public let gstin: String?
  public let state: DocumentPlace?

  public init(name: String?, address: String? = nil, email: String?, gstin: String?, state: GSTState?) {
    self.name = name
    self.address = address
    self.email = email
    self.gstin = gstin
    self.state = state.map(DocumentPlace.init)
  }
}

/// A state as a document names it: by the code and the name that it had on that day.
public struct DocumentPlace: Hashable, Sendable, Codable {
  public let code: String
  public let name: String

  public init(_ state: GSTState) {
    code = state.code
    name = state.name
  }
}
