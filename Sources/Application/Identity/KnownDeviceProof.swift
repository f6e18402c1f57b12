import Domain

/// What a proof of a known device says of an account.
public struct KnownDeviceProof: Sendable, Equatable {
  public let device: DeviceID
  /// The account's epoch when the proof was made.
  public let epoch: Int64

  public init(device: DeviceID, epoch: Int64) {
    self.device = device
    self.epoch = epoch
  }
}
