import Domain

/// Makes the proofs by which a browser shows that somebody has signed in to an account with it before. A proof signs
/// nobody in, and holds for the account's epoch alone.
public protocol KnownDeviceProver: Sendable {
  func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String
  /// - Returns: nil for a proof of another account or of an earlier epoch, and for any other text.
  func device(provenBy proof: String, user: UserID, epoch: Int64) -> DeviceID?
}

extension KnownDeviceProver {
  public func proof(of device: DeviceID, for account: Account) -> String {
    proof(of: device, user: account.id, epoch: account.knownDevicesEpoch)
  }

  public func device(provenBy proof: String, for account: Account) -> DeviceID? {
    device(provenBy: proof, user: account.id, epoch: account.knownDevicesEpoch)
  }
}
