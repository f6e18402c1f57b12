import Application

/// Why a provider's webhook is not taken.
public enum WebhookError: StableError {
  /// Nobody signed it, or somebody else did.
  case invalidSignature

  public var code: String {
    switch self {
    case .invalidSignature: "invalid_signature"
    }
  }
}
