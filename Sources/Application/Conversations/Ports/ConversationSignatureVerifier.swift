/// Checks a body while it is read.
public protocol SignedBodyVerifier: Sendable {
  mutating func read(_ bytes: UnsafeRawBufferPointer)
  /// Whether all that was read is what was signed.
  var isSigned: Bool { get }
}

public protocol ConversationSignatureVerifier: Sendable {
  /// - Parameter header: the signature as it came, with its time.
  /// - Returns: nil where no body can be one of it, so that none needs to be read.
  func check(_ header: String) -> (any SignedBodyVerifier)?
}
