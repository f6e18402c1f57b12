import Application

/// Why a provider's webhook is refused.
public enum WebhookSignatureError: StableError {
  /// The webhook is not signed, or not by the provider.
  case invalidSignature

  public var code: String {
    switch self {
    case .invalidSignature: "invalid_signature"
    }
  }
}
