import Domain

/// Makes the proofs by which a browser shows that somebody has signed in to an account with it before. A proof signs
/// nobody in, and stands for its device in the account's epoch alone.
public protocol KnownDeviceProver: Sendable {
  func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String
  /// - Returns: nil for a proof of another account, and for any other text.
  func read(_ proof: String, user: UserID) -> KnownDeviceProof?
}

extension KnownDeviceProver {
  public func proof(of device: DeviceID, for account: Account) -> String {
    proof(of: device, user: account.id, epoch: account.knownDevicesEpoch)
  }

  /// - Returns: nil for a proof of another account or of another epoch, and for any other text.
  public func device(provenBy proof: String, for account: Account) -> DeviceID? {
    read(proof, user: account.id).flatMap { $0.epoch == account.knownDevicesEpoch ? $0.device : nil }
  }
}
