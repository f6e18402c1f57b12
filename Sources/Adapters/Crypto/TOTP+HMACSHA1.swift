import Crypto
import Domain

extension TOTP {
  /// With the HMAC-SHA-1 of RFC 2104. SHA-1's collisions do not matter in an HMAC, and every app knows it.
  public static let hmacSHA1 = TOTP { message, key in
    Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }
}
