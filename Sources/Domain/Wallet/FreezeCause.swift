/// Why a wallet may be frozen; it thaws when none of its causes stands any more.
public enum FreezeCause: Sendable, Hashable {
  case operatorRequest
  case dispute(String)

  /// As it stands with the freeze.
  public var text: String {
    switch self {
    case .operatorRequest: "operator"
    case .dispute(let id): "dispute:\(id)"
    }
  }
}
