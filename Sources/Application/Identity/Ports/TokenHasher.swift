public protocol TokenHasher: Sendable {
  func sha256(_ text: String) -> [UInt8]
}
