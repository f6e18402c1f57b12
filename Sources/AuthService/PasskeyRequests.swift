import Application
import Domain
import HTTPServing

/// What the options of a new passkey are for. An empty body asks for the usual ones.
struct PasskeyOptionsRequest: Decodable {
  /// `conditional` where the browser makes the passkey without asking.
  let mediation: String?

  /// - Throws: 400 for another mediation.
  func isAutomatic() throws(Problem) -> Bool {
    switch mediation {
    case nil, "": return false
    case "conditional": return true
    default: throw .invalidField("mediation", "mediation is conditional or absent.")
    }
  }
}

/// A browser's PublicKeyCredential, alone or as the member `credential`.
struct PasskeyCredentialRequest<Answer: Decodable>: Decodable {
  struct Credential: Decodable {
    let id, rawId, type: String
    let response: Answer
  }

  let credential: Credential
  /// The name of a new passkey.
  let name: String?

  private enum CodingKeys: String, CodingKey { case credential, name }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decodeIfPresent(String.self, forKey: .name)
    credential =
      container.contains(.credential)
      ? try container.decode(Credential.self, forKey: .credential) : try Credential(from: decoder)
  }

  /// - Throws: 400 for another kind of credential, or an id that is not written once.
  func credentialID() throws(Problem) -> [UInt8] {
    guard credential.type == "public-key" else { throw .invalidField("type", "type is public-key.") }
    guard credential.id == credential.rawId else { throw .invalidField("rawId", "rawId equals id.") }
    return try base64URL(credential.rawId, "rawId")
  }

  func passkeyName() throws(Problem) -> PasskeyName {
    guard let name, !name.isBlankLine(upTo: PasskeyName.longest) else { return .usual }
    guard let checked = PasskeyName(name) else {
      throw .invalidField("name", "A name has at most \(PasskeyName.longest) printable characters.")
    }
    return checked
  }
}

/// The member `response` of a new passkey (WebAuthn's AuthenticatorAttestationResponseJSON).
struct PasskeyAttestationResponse: Decodable {
  let clientDataJSON, attestationObject: String
  let transports: [String]?
}

/// The member `response` of a sign-in (WebAuthn's AuthenticatorAssertionResponseJSON).
struct PasskeyAssertionResponse: Decodable {
  let clientDataJSON, authenticatorData, signature: String
  let userHandle: String?
}

extension PasskeyCredentialRequest<PasskeyAttestationResponse> {
  func checked() throws(Problem) -> PasskeyRegistrationAnswer {
    let response = credential.response
    // A transport that is not known here yet is left out.
    let transports = PasskeyTransport.allCases.filter { (response.transports ?? []).contains($0.rawValue) }
    return PasskeyRegistrationAnswer(
      credentialID: try credentialID(), clientData: try base64URL(response.clientDataJSON, "clientDataJSON"),
      attestation: try base64URL(response.attestationObject, "attestationObject"), transports: transports)
  }
}

extension PasskeyCredentialRequest<PasskeyAssertionResponse> {
  func checked() throws(Problem) -> PasskeySignInAnswer {
    let response = credential.response
    return PasskeySignInAnswer(
      credentialID: try credentialID(), clientData: try base64URL(response.clientDataJSON, "clientDataJSON"),
      authenticatorData: try base64URL(response.authenticatorData, "authenticatorData"),
      signature: try base64URL(response.signature, "signature"),
      userHandle: try base64URL(response.userHandle ?? "", "userHandle"))
  }
}

private func base64URL(_ text: String, _ field: String) throws(Problem) -> [UInt8] {
  guard let bytes = Base64URL.decode(text) else { throw .invalidField(field, "\(field) is not base64url.") }
  return bytes
}
