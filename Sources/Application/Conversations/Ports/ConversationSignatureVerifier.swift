/// Checks the signature of a body while the body is read.
public protocol SignedBodyVerifier: Sendable {
  mutating func read(_ bytes: UnsafeRawBufferPointer)
  /// Whether the body that was read is the one that was signed.
  var isSigned: Bool { get }
}

public protocol ConversationSignatureVerifier: Sendable {
  /// - Parameter header: the signature header as it arrived, with its time.
  /// - Returns: nil if the header can match no body, so that none needs to be read.
  func check(_ header: String) -> (any SignedBodyVerifier)?
}
