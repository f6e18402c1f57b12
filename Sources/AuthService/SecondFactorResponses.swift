import Application
import Domain

struct TOTPEnrolmentResponse: Encodable {
  let secret, uri: String

  init(_ enrolment: TOTPEnrolment) {
    secret = enrolment.secret
    uri = enrolment.uri
  }
}

struct RecoveryCodesResponse: Encodable {
  let recoveryCodes: [String]

  init(_ codes: [RecoveryCode]) { recoveryCodes = codes.map(\.shown) }

  enum CodingKeys: String, CodingKey { case recoveryCodes = "recovery_codes" }
}
