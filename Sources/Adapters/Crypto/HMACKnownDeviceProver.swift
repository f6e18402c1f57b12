import Application
import Crypto
import Domain
import FoundationEssentials

/// A proof is the device's id, the epoch and HMAC(key, device, user, epoch). The first epoch is left out of both, as it
/// was when there were none, so that a browser stays known through an update.
public struct HMACKnownDeviceProver: KnownDeviceProver {
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("known-devices/v1") }

  public func proof(of device: DeviceID, user: UserID, epoch: Int64) -> String {
    let code = Array(HMAC<SHA256>.authenticationCode(for: message(device, user, epoch), using: key))
    return "\(device).\(epoch == 0 ? "" : "\(epoch).")\(Base64URL.encode(code))"
  }

  public func read(_ proof: String, user: UserID) -> KnownDeviceProof? {
    let parts = proof.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first, let device = DeviceID(first), let last = parts.last,
      let epoch = Self.epoch(parts.dropFirst().dropLast()), parts.count > 1, let code = Base64URL.decode(last),
      HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message(device, user, epoch), using: key)
    else { return nil }
    return KnownDeviceProof(device: device, epoch: epoch)
  }

  /// - Parameter parts: what stands between the device and the code.
  private static func epoch(_ parts: ArraySlice<String>) -> Int64? {
    guard let text = parts.first else { return 0 }
    guard parts.count == 1, let epoch = Int64(text), epoch > 0, text == "\(epoch)" else { return nil }
    return epoch
  }

  private func message(_ device: DeviceID, _ user: UserID, _ epoch: Int64) -> [UInt8] {
    Array("\(device)\n\(user)\(epoch == 0 ? "" : "\n\(epoch)")".utf8)
  }
}
