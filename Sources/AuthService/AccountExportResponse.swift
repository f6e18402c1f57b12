import Application
import FoundationEssentials

/// Everything that auth has of an account, and where the other services give out what they have.
struct AccountExportResponse: Encodable {
  struct Device: Encodable {
    let id: String
    let userAgent, network, endedCause: String?
    let methods: [String]
    let createdAt, lastUsedAt, expiresAt: Date
    let endedAt: Date?

    enum CodingKeys: String, CodingKey {
      case id, network, methods, userAgent = "user_agent", endedCause = "ended_cause", createdAt = "created_at"
      case lastUsedAt = "last_used_at", expiresAt = "expires_at", endedAt = "ended_at"
    }
  }

  struct MailedLink: Encodable {
    let purpose, email: String
    let newEmail: String?
    let requestedAt, expiresAt: Date
    let usedAt: Date?

    enum CodingKeys: String, CodingKey {
      case purpose, email, newEmail = "new_email", requestedAt = "requested_at", expiresAt = "expires_at"
      case usedAt = "used_at"
    }
  }

  struct Consent: Encodable {
    let version: String
    let givenAt: Date
    enum CodingKeys: String, CodingKey { case version, givenAt = "given_at" }
  }

  struct Passkey: Encodable {
    let id, name: String
    let createdAt: Date
    let lastUsedAt: Date?
    enum CodingKeys: String, CodingKey { case id, name, createdAt = "created_at", lastUsedAt = "last_used_at" }
  }

  /// What one gets by the access token that the export was read with. Lists have pages.
  static let others = [
    "balance": "/billing/balance", "ledger": "/billing/ledger?include=holds",
    "statement": "/billing/statement?month={month}", "transactions": "/billing/transactions",
    "receipts": "/billing/transactions/{id}/receipt",
    "buyer": "/billing/buyer", "talks": "/sessions", "care_plans": "/sessions/{id}/care-plan", "tasks": "/tasks",
  ]

  let exportedAt: Date
  let user: UserResponse
  /// Nil for an account that is no operator's.
  let operatorRole: String?
  let googleSubject: String?
  let googleLinkedAt, emailVerifiedAt, lastSignIn: Date?
  let devices: [Device]
  let mailedLinks: [MailedLink]
  let consents: [Consent]
  let passkeys: [Passkey]
  let secondFactorSince: Date?
  /// Nil where nothing was chosen.
  let carePlanMail: String?
  let trail: [SecurityEventResponse]
  let others: [String: String]

  init(_ export: AccountExport, at moment: Date) {
    exportedAt = moment
    user = UserResponse(export.account)
    operatorRole = export.account.operatorRole?.rawValue
    googleSubject = export.googleSubject
    googleLinkedAt = export.googleLinkedAt
    emailVerifiedAt = export.emailVerifiedAt
    lastSignIn = export.lastSignIn
    devices = export.devices.map {
      Device(
        id: $0.id.description, userAgent: $0.userAgent, network: $0.network, endedCause: $0.endedCause,
        methods: $0.methods, createdAt: $0.createdAt, lastUsedAt: $0.lastUsedAt, expiresAt: $0.expiresAt,
        endedAt: $0.endedAt)
    }
    mailedLinks = export.links.map {
      MailedLink(
        purpose: $0.purpose, email: $0.email, newEmail: $0.newEmail, requestedAt: $0.requestedAt,
        expiresAt: $0.expiresAt, usedAt: $0.usedAt)
    }
    consents = export.consents.map { Consent(version: $0.version, givenAt: $0.givenAt) }
    passkeys = export.passkeys.map {
      Passkey(id: $0.id.description, name: $0.name, createdAt: $0.createdAt, lastUsedAt: $0.lastUsedAt)
    }
    secondFactorSince = export.secondFactorSince
    carePlanMail = export.carePlanMail?.rawValue
    trail = export.events.map(SecurityEventResponse.init)
    others = Self.others
  }

  enum CodingKeys: String, CodingKey {
    case user, devices, consents, passkeys, trail, others, secondFactorSince = "second_factor_since"
    case carePlanMail = "care_plan_mail"
    case operatorRole = "operator_role", googleSubject = "google_subject", googleLinkedAt = "google_linked_at"
    case exportedAt = "exported_at", emailVerifiedAt = "email_verified_at", lastSignIn = "last_sign_in_at",
      mailedLinks = "mailed_links"
  }
}
