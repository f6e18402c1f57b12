import Application
import Crypto
import Domain

/// Encrypts the secrets of authenticator apps by AES-GCM, under a key that is derived from SECRET_KEY. The user's id is
/// authenticated with each, so that nobody can move a secret to another row.
public struct AESGCMTOTPSecretSealer: TOTPSecretSealer {
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("totp-secrets/v1") }

  public func seal(_ secret: [UInt8], of user: UserID) throws(IdentityError) -> [UInt8] {
    do {
      let box = try AES.GCM.seal(secret, using: key, authenticating: Self.owner(user))
      guard let bytes = box.combined else { throw IdentityError.unavailable }
      return Array(bytes)
    } catch {
      throw .unavailable
    }
  }

  public func unseal(_ sealed: [UInt8], of user: UserID) -> [UInt8]? {
    guard let box = try? AES.GCM.SealedBox(combined: sealed),
      let secret = try? AES.GCM.open(box, using: key, authenticating: Self.owner(user))
    else { return nil }
    return Array(secret)
  }

  private static func owner(_ user: UserID) -> [UInt8] { Array(user.description.utf8) }
}
