import Domain

/// Makes the proofs by which a browser shows that somebody has signed in to an account with it before. A proof signs
/// nobody in.
public protocol KnownDeviceProver: Sendable {
  func proof(of device: DeviceID, user: UserID) -> String
  /// - Returns: nil for a proof of another account, and for any other text.
  func device(provenBy proof: String, user: UserID) -> DeviceID?
}
