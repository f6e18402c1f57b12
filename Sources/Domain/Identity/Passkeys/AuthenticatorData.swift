/// What an authenticator says and signs (WebAuthn, section 6.1).
public struct AuthenticatorData: Sendable, Equatable {
  public struct Flags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Somebody touched it or looked at it.
    public static let userPresent = Flags(rawValue: 0x01)
    /// By a PIN, a fingerprint or a face.
    public static let userVerified = Flags(rawValue: 0x04)
    /// The passkey can be copied to the user's other devices. It stays so for good.
    public static let backupEligible = Flags(rawValue: 0x08)
    /// The passkey is copied at present.
    public static let backedUp = Flags(rawValue: 0x10)
    public static let attestedCredential = Flags(rawValue: 0x40)
    public static let extensions = Flags(rawValue: 0x80)
  }

  /// The credential that was just made.
  public struct AttestedCredential: Sendable, Equatable {
    /// The model of the authenticator; zeros where it does not tell.
    public let model: [UInt8]
    public let id: [UInt8]
    /// The COSE key, as it was sent.
    public let publicKey: [UInt8]
  }

  /// The SHA-256 of the relying party's id.
  public let relyingPartyHash: [UInt8]
  public let flags: Flags
  /// How often the passkey has signed; zero for one that does not count.
  public let counter: UInt32
  public let credential: AttestedCredential?

  /// Hash, flags and counter.
  private static let headSize = 37
  private static let modelSize = 16

  /// - Throws: `malformedAuthenticatorData`, also for bytes after the end.
  public init(_ bytes: [UInt8]) throws(PasskeyProblem) {
    guard bytes.count >= Self.headSize, bytes.count <= CBORReader.mostBytes else {
      throw .malformedAuthenticatorData
    }
    relyingPartyHash = Array(bytes[0..<32])
    flags = Flags(rawValue: bytes[32])
    counter = bytes[33..<Self.headSize].reduce(0) { $0 << 8 | UInt32($1) }
    var place = Self.headSize
    if flags.contains(.attestedCredential) {
      credential = try Self.credential(bytes, &place)
    } else {
      credential = nil
    }
    if flags.contains(.extensions) {
      guard case .map = try Self.item(bytes, &place) else { throw .malformedAuthenticatorData }
    }
    guard place == bytes.count else { throw .malformedAuthenticatorData }
  }

  private static func credential(_ bytes: [UInt8], _ place: inout Int) throws(PasskeyProblem) -> AttestedCredential {
    let head = place + modelSize + 2
    guard bytes.count >= head else { throw .malformedAuthenticatorData }
    let model = Array(bytes[place..<place + modelSize])
    let size = Int(bytes[head - 2]) << 8 | Int(bytes[head - 1])
    guard bytes.count - head >= size else { throw .malformedAuthenticatorData }
    let id = Array(bytes[head..<head + size])
    place = head + size
    let start = place
    _ = try item(bytes, &place)
    return AttestedCredential(model: model, id: id, publicKey: Array(bytes[start..<place]))
  }

  private static func item(_ bytes: [UInt8], _ place: inout Int) throws(PasskeyProblem) -> CBORValue {
    var reader = CBORReader(bytes, at: place)
    do throws(CBORProblem) {
      let value = try reader.next()
      place = reader.position
      return value
    } catch {
      throw .malformedAuthenticatorData
    }
  }
}
