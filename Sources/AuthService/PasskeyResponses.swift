import Application
import Domain
import FoundationEssentials
import HTTPServing

/// What a browser makes a passkey from (WebAuthn's PublicKeyCredentialCreationOptionsJSON). Its members have WebAuthn's
/// own names, as the page hands them on.
struct PasskeyCreationOptions: Encodable {
  struct RelyingParty: Encodable { let id, name: String }
  struct User: Encodable { let id, name, displayName: String }
  struct Algorithm: Encodable {
    let type = "public-key"
    let alg: Int
  }
  struct Selection: Encodable {
    let residentKey = "required"
    let requireResidentKey = true
    let userVerification: String
  }
  struct Extensions: Encodable { let credProps = true }

  let rp: RelyingParty
  let user: User
  let challenge: String
  let pubKeyCredParams: [Algorithm]
  let timeout: Int64
  let excludeCredentials: [PasskeyDescriptor]
  let authenticatorSelection: Selection
  let attestation = "none"
  let extensions = Extensions()

  init(_ offer: PasskeyOffer, _ relyingParty: PasskeyRelyingParty) {
    rp = RelyingParty(id: relyingParty.id, name: "Talktime")
    user = User(
      id: Base64URL.encode(offer.account.id.passkeyHandle), name: offer.account.email.text,
      displayName: offer.account.name ?? offer.account.email.text)
    challenge = Base64URL.encode(offer.challenge)
    pubKeyCredParams = PasskeyPublicKey.algorithms.map { Algorithm(alg: $0) }
    timeout = PasskeyChallenges.life.components.seconds * 1_000
    excludeCredentials = offer.existing.map { PasskeyDescriptor($0) }
    // Without asking, an authenticator cannot verify anybody. Each sign-in demands it.
    authenticatorSelection = Selection(userVerification: offer.isAutomatic ? "preferred" : "required")
  }
}

/// WebAuthn's PublicKeyCredentialDescriptorJSON.
struct PasskeyDescriptor: Encodable {
  let id: String
  let type = "public-key"
  let transports: [String]?

  init(_ passkey: PasskeySummary) {
    id = Base64URL.encode(passkey.credentialID)
    transports = passkey.transports.isEmpty ? nil : passkey.transports.map(\.rawValue)
  }
}

/// What a browser signs in with (WebAuthn's PublicKeyCredentialRequestOptionsJSON). For a sign-in it names no account:
/// the authenticator does.
struct PasskeyRequestOptions: Encodable {
  let challenge: String
  let timeout: Int64
  let rpId: String
  let allowCredentials: [PasskeyDescriptor]
  let userVerification = "required"

  /// - Parameter passkeys: those of a signed-in user.
  init(challenge: [UInt8], _ relyingParty: PasskeyRelyingParty, passkeys: [PasskeySummary] = []) {
    allowCredentials = passkeys.map { PasskeyDescriptor($0) }
    self.challenge = Base64URL.encode(challenge)
    timeout = PasskeyChallenges.life.components.seconds * 1_000
    rpId = relyingParty.id
  }
}

struct PasskeyResponse: Encodable {
  let id, name: String
  let createdAt: Date
  /// Null before the first sign-in with it.
  let lastUsedAt: Date?

  init(_ passkey: PasskeySummary) {
    id = passkey.id.description
    name = passkey.name
    createdAt = passkey.createdAt
    lastUsedAt = passkey.lastUsedAt
  }

  enum CodingKeys: String, CodingKey {
    case id, name, createdAt = "created_at", lastUsedAt = "last_used_at"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(name, forKey: .name)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(lastUsedAt, forKey: .lastUsedAt)
  }
}

/// All passkeys of a user. There are few, so the list has one page.
struct PasskeyListResponse: Encodable {
  /// The argument of the browser's `PublicKeyCredential.signalAllAcceptedCredentials`, which makes authenticators hide
  /// passkeys that were removed here.
  struct Signal: Encodable {
    let rpId, userId: String
    let allAcceptedCredentialIds: [String]
  }

  let items: [PasskeyResponse]
  let nextCursor: String? = nil
  let signal: Signal

  init(_ passkeys: [PasskeySummary], of user: UserID, _ relyingParty: PasskeyRelyingParty) {
    items = passkeys.map { PasskeyResponse($0) }
    signal = Signal(
      rpId: relyingParty.id, userId: Base64URL.encode(user.passkeyHandle),
      allAcceptedCredentialIds: passkeys.map { Base64URL.encode($0.credentialID) })
  }

  enum CodingKeys: String, CodingKey { case items, nextCursor = "next_cursor", signal }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    try container.encode(nextCursor, forKey: .nextCursor)
    try container.encode(signal, forKey: .signal)
  }
}
