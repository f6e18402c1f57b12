/// What a buyer says for the tax document: where the supply is received, and under which registration.
public struct Buyer: Sendable, Hashable {
  public let state: GSTState?
  public let gstin: GSTIN?

  private init(state: GSTState?, gstin: GSTIN?) {
    self.state = state
    self.gstin = gstin
  }

  /// Who said nothing.
  public static let unknown = Buyer(state: nil, gstin: nil)

  /// A registration belongs to one state, so that a GSTIN alone tells both. Empty texts say nothing.
  public static func read(state stateText: String?, gstin gstinText: String?) throws(BuyerRefusal) -> Buyer {
    var gstin: GSTIN?
    if let text = gstinText, !text.isEmpty {
      guard let known = GSTIN(text) else { throw .invalidGSTIN }
      gstin = known
    }
    guard let text = stateText, !text.isEmpty else { return Buyer(state: gstin?.state, gstin: gstin) }
    guard let state = GSTState(text) else { throw .unknownState }
    guard gstin == nil || gstin?.state == state else { throw .stateDiffersFromGSTIN }
    return Buyer(state: state, gstin: gstin)
  }
}

public enum BuyerRefusal: Error, Equatable {
  /// Not in the form of a GSTIN, or its check character is wrong.
  case invalidGSTIN
  case unknownState
  case stateDiffersFromGSTIN
}
