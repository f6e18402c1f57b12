import FoundationEssentials

/// What the browser says about a request to an authenticator (WebAuthn, section 5.8.1). The authenticator signs its hash.
public struct CollectedClientData: Sendable, Equatable {
  public enum Purpose: String, Sendable {
    case registration = "webauthn.create"
    case signIn = "webauthn.get"
  }

  /// The most bytes that are read.
  public static let mostBytes = 4_096

  public let type: String
  /// In base64url.
  public let challenge: String
  public let origin: String
  /// Whether the page was in a frame of another site's page.
  public let isCrossOrigin: Bool
  /// The origin of the outermost page, where that is another one.
  public let topOrigin: String?
  /// The JSON, as it was sent.
  public let bytes: [UInt8]

  private struct Members: Decodable {
    let type, challenge, origin: String
    let crossOrigin: Bool?
    let topOrigin: String?
  }

  /// - Throws: `malformedClientData`
  public init(_ bytes: [UInt8]) throws(PasskeyProblem) {
    guard bytes.count <= Self.mostBytes, bytes.first == UInt8(ascii: "{"), !bytes.contains(0),
      String(validating: bytes, as: UTF8.self) != nil,
      let members = try? JSONDecoder().decode(Members.self, from: Data(bytes))
    else { throw .malformedClientData }
    type = members.type
    challenge = members.challenge
    origin = members.origin
    isCrossOrigin = members.crossOrigin ?? false
    topOrigin = members.topOrigin
    self.bytes = bytes
  }
}
