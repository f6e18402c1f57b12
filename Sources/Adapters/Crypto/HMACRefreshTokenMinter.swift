import Application
import Crypto
import Domain
import FoundationEssentials

/// Refresh tokens that name their device: `tt_r_` and the base64url of device (16 bytes), secret (32) and
/// HMAC-SHA256(key, device and secret), cut to 16 bytes (RFC 2104, section 5). So any token of a family is recognized
/// without a record of it. Whether a token is valid is decided by its SHA-256 in the store.
public struct HMACRefreshTokenMinter: RefreshTokenMinter {
  private static let prefix = "tt_r_"
  private static let length = (device: 16, secret: 32, code: 16)
  private let key: SymmetricKey

  public init(keys: DerivedKeys) { key = keys.key("refresh-tokens/v1") }

  public func token(of device: DeviceID, secret: [UInt8]) -> String {
    let body = withUnsafeBytes(of: device.uuid.uuid) { Array($0) } + secret
    return Self.prefix + Base64URL.encode(body + code(of: body))
  }

  public func family(of token: String) -> DeviceID? {
    guard token.hasPrefix(Self.prefix), let bytes = Base64URL.decode(token.dropFirst(Self.prefix.count)),
      bytes.count == Self.length.device + Self.length.secret + Self.length.code
    else { return nil }
    let body = Array(bytes.dropLast(Self.length.code))
    // Constant time: the difference of all bytes.
    let difference = zip(code(of: body), bytes.suffix(Self.length.code)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
    guard difference == 0 else { return nil }
    var uuid = UUID().uuid
    withUnsafeMutableBytes(of: &uuid) { $0.copyBytes(from: body.prefix(Self.length.device)) }
    return DeviceID(UUID(uuid: uuid))
  }

  public func seal(_ successor: String, under parent: String) throws(IdentityError) -> [UInt8] {
    do {
      let box = try AES.GCM.seal(Array(successor.utf8), using: Self.sealingKey(parent))
      guard let bytes = box.combined else { throw IdentityError.unavailable }
      return Array(bytes)
    } catch {
      throw .unavailable
    }
  }

  public func unseal(_ sealed: [UInt8], with parent: String) -> String? {
    guard let box = try? AES.GCM.SealedBox(combined: sealed),
      let bytes = try? AES.GCM.open(box, using: Self.sealingKey(parent))
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private func code(of body: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: body, using: key).prefix(Self.length.code))
  }

  /// Only the holder of the token can derive it: the store has no more than the token's SHA-256.
  private static func sealingKey(_ parent: String) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: Array(parent.utf8)), salt: [UInt8](),
      info: Array("refresh-successor/v1".utf8), outputByteCount: 32)
  }
}
