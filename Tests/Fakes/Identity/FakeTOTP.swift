import Application
import Domain

extension TOTP {
  /// Codes that look like those of an app; the HMAC is replaced by a plain mixing of the bytes (FNV-1a).
  public static let fake = TOTP { message, key in
    var state: UInt64 = 14_695_981_039_346_656_037
    for byte in key + message { state = (state ^ UInt64(byte)) &* 1_099_511_628_211 }
    return (0..<20).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }
}

/// Secrets that can be read, each with its user.
public struct FakeTOTPSecrets: TOTPSecretSealer {
  public init() {}

  public func seal(_ secret: [UInt8], of user: UserID) throws(IdentityError) -> [UInt8] {
    Array(user.description.utf8) + secret
  }

  public func unseal(_ sealed: [UInt8], of user: UserID) -> [UInt8]? {
    let owner = Array(user.description.utf8)
    return sealed.starts(with: owner) ? Array(sealed.dropFirst(owner.count)) : nil
  }
}
