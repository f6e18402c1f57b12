/// Why a wallet is frozen. The wallet thaws when no cause is left.
public enum FreezeCause: Sendable, Hashable {
  case operatorRequest
  case dispute(String)

  /// The cause as it is stored with the freeze.
  public var text: String {
    switch self {
    case .operatorRequest: "operator"
    case .dispute(let id): "dispute:\(id)"
    }
  }
}
