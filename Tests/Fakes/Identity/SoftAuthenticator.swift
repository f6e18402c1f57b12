import Application
import Domain

/// An authenticator in software with one passkey. Each part of its answers can be damaged.
public struct SoftAuthenticator: Sendable {
  public typealias Flags = AuthenticatorData.Flags

  public static let usual: Flags = [.userPresent, .userVerified]

  public let credentialID: [UInt8]
  /// A COSE key.
  public let publicKey: [UInt8]
  public let user: UserID
  public var relyingParty: PasskeyRelyingParty
  private let hash: @Sendable ([UInt8]) -> [UInt8]
  private let sign: @Sendable ([UInt8]) throws -> [UInt8]

  public init(
    user: UserID, credentialID: [UInt8], publicKey: [UInt8], publicURL: String,
    hash: @escaping @Sendable ([UInt8]) -> [UInt8], sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]
  ) {
    self.user = user
    self.credentialID = credentialID
    self.publicKey = publicKey
    relyingParty = PasskeyRelyingParty(publicURL: publicURL)
    self.hash = hash
    self.sign = sign
  }

  /// With fake cryptography.
  public init(user: UserID, seed: UInt8 = 1, publicURL: String = "https://talk.example") {
    let fake = FakePasskeyCryptography()
    self.init(
      user: user, credentialID: Array(repeating: seed, count: 16), publicKey: Self.es256(seed), publicURL: publicURL,
      hash: { fake.sha256($0) }, sign: { fake.sign($0) })
  }

  /// A COSE key with coordinates of this byte.
  public static func es256(_ byte: UInt8) -> [UInt8] {
    es256(x: Array(repeating: byte, count: 32), y: Array(repeating: byte, count: 32))
  }

  public static func es256(x: [UInt8], y: [UInt8]) -> [UInt8] {
    var key: [UInt8] = [0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21]
    key += head(0x40, x.count)
    key += x
    key.append(0x22)
    key += head(0x40, y.count)
    return key + y
  }

  public static func ed25519(_ key: [UInt8]) -> [UInt8] {
    [0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21] + head(0x40, key.count) + key
  }

  public static func rs256(_ modulus: [UInt8]) -> [UInt8] {
    var key: [UInt8] = [0xA4, 1, 3, 3, 0x39, 1, 0, 0x20]
    key += head(0x40, modulus.count)
    key += modulus
    return key + [0x21, 0x43, 1, 0, 1]
  }

  public func clientData(
    _ type: String, _ challenge: String, origin: String? = nil, more: String = ",\"crossOrigin\":false"
  ) -> [UInt8] {
    Array(
      "{\"type\":\"\(type)\",\"challenge\":\"\(challenge)\",\"origin\":\"\(origin ?? relyingParty.origin)\"\(more)}"
        .utf8)
  }

  public func authenticatorData(
    flags: Flags = usual, counter: UInt32 = 0, attested: Bool = false, relyingParty: String? = nil, more: [UInt8] = []
  ) -> [UInt8] {
    var data = hash(Array((relyingParty ?? self.relyingParty.id).utf8))
    data.append((attested ? flags.union(.attestedCredential) : flags).rawValue)
    data += (0..<4).map { UInt8(truncatingIfNeeded: counter >> (24 - 8 * $0)) }
    if attested {
      data += Array(repeating: 0, count: 16)
      data += [UInt8(truncatingIfNeeded: credentialID.count >> 8), UInt8(truncatingIfNeeded: credentialID.count)]
      data += credentialID
      data += publicKey
    }
    return data + more
  }

  /// - Parameter statement: the format and the statement, in CBOR.
  public func attestation(
    _ data: [UInt8], format: String = "none", statement: [UInt8] = [0xA0]
  ) -> [UInt8] {
    var object: [UInt8] = [0xA3]
    object += Self.text("fmt")
    object += Self.text(format)
    object += Self.text("attStmt")
    object += statement
    object += Self.text("authData")
    object += Self.head(0x40, data.count)
    return object + data
  }

  private static func text(_ text: String) -> [UInt8] { head(0x60, text.utf8.count) + Array(text.utf8) }

  /// The shortest form of a length, as CBOR's canonical form requires.
  private static func head(_ kind: UInt8, _ length: Int) -> [UInt8] {
    if length < 24 { return [kind + UInt8(truncatingIfNeeded: length)] }
    if length < 256 { return [kind + 24, UInt8(truncatingIfNeeded: length)] }
    return [kind + 25, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
  }

  public func signature(_ authenticatorData: [UInt8], _ clientData: [UInt8]) throws -> [UInt8] {
    try sign(authenticatorData + hash(clientData))
  }

  /// A browser's answer about the new passkey, as JSON.
  public func registration(
    _ challenge: String, flags: Flags = usual, counter: UInt32 = 0, origin: String? = nil
  ) -> String {
    let client = clientData("webauthn.create", challenge, origin: origin)
    let attestation = attestation(authenticatorData(flags: flags, counter: counter, attested: true))
    let id = Base64URL.encode(credentialID)
    return """
      {"id":"\(id)","rawId":"\(id)","type":"public-key","clientExtensionResults":{},"response":\
      {"clientDataJSON":"\(Base64URL.encode(client))","attestationObject":"\(Base64URL.encode(attestation))",\
      "transports":["internal","hybrid"]}}
      """
  }

  /// A browser's answer for a sign-in, as JSON.
  public func assertion(
    _ challenge: String, flags: Flags = usual, counter: UInt32 = 0, origin: String? = nil
  ) throws -> String {
    let client = clientData("webauthn.get", challenge, origin: origin)
    let data = authenticatorData(flags: flags, counter: counter)
    let id = Base64URL.encode(credentialID)
    return """
      {"id":"\(id)","rawId":"\(id)","type":"public-key","clientExtensionResults":{},"response":\
      {"clientDataJSON":"\(Base64URL.encode(client))","authenticatorData":"\(Base64URL.encode(data))",\
      "signature":"\(Base64URL.encode(try signature(data, client)))",\
      "userHandle":"\(Base64URL.encode(user.passkeyHandle))"}}
      """
  }
}
