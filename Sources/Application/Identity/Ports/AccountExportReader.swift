import Domain
import FoundationEssentials

/// Everything that auth has of an account.
public struct AccountExport: Sendable, Equatable {
  public struct Device: Sendable, Equatable {
    public let id: DeviceID
    public let userAgent: String?
    public let network: String?
    public let methods: [String]
    public let createdAt, lastUsedAt, expiresAt: Date
    public let endedAt: Date?
    public let endedCause: String?

    public init(
      id: DeviceID, userAgent: String?, network: String?, methods: [String], createdAt: Date, lastUsedAt: Date,
      expiresAt: Date, endedAt: Date?, endedCause: String?
    ) {
      self.id = id
      self.userAgent = userAgent
      self.network = network
      self.methods = methods
      self.createdAt = createdAt
      self.lastUsedAt = lastUsedAt
      self.expiresAt = expiresAt
      self.endedAt = endedAt
      self.endedCause = endedCause
    }
  }

  public struct MailedLink: Sendable, Equatable {
    public let purpose, email: String
    public let newEmail: String?
    public let requestedAt, expiresAt: Date
    public let usedAt: Date?

    public init(
      purpose: String, email: String, newEmail: String?, requestedAt: Date, expiresAt: Date, usedAt: Date?
    ) {
      self.purpose = purpose
      self.email = email
      self.newEmail = newEmail
      self.requestedAt = requestedAt
      self.expiresAt = expiresAt
      self.usedAt = usedAt
    }
  }

  public let account: Account
  public let googleSubject: String?
  /// When the signed-in user linked Google; nil where Google made the account or proved its address.
  public let googleLinkedAt: Date?
  public let emailVerifiedAt, lastSignIn: Date?
  /// The newest first, with those that have ended.
  public let devices: [Device]
  /// The newest first.
  public let links: [MailedLink]
  /// The newest first.
  public let consents: [GivenConsent]
  /// The newest first. What they sign with is no part of it.
  public let passkeys: [PasskeySummary]
  /// When the authenticator app was confirmed; nil without one.
  public let secondFactorSince: Date?
  /// What the user wants the mails about care plans to hold; nil where nothing was chosen.
  public let carePlanMail: CarePlanMailKind?
  /// The trail, the newest first, at most ``mostEvents``.
  public let events: [SecurityEvent]

  public static let mostEvents = 10_000

  public init(
    account: Account, googleSubject: String?, googleLinkedAt: Date?, emailVerifiedAt: Date?, lastSignIn: Date?,
    devices: [Device], links: [MailedLink], consents: [GivenConsent], passkeys: [PasskeySummary],
    secondFactorSince: Date?, carePlanMail: CarePlanMailKind?, events: [SecurityEvent]
  ) {
    self.account = account
    self.googleSubject = googleSubject
    self.googleLinkedAt = googleLinkedAt
    self.emailVerifiedAt = emailVerifiedAt
    self.lastSignIn = lastSignIn
    self.devices = devices
    self.links = links
    self.consents = consents
    self.passkeys = passkeys
    self.secondFactorSince = secondFactorSince
    self.carePlanMail = carePlanMail
    self.events = events
  }
}

public protocol AccountExportReader: Sendable {
  /// As of one moment; nil for an account that is gone.
  func export(of user: UserID) async throws(IdentityError) -> AccountExport?
}
