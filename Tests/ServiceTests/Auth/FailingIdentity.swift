import Application
import Domain
import Foundation

/// Accounts, devices and links that cannot be reached.
struct FailingIdentity: AccountRepository, DeviceRepository, GoogleLinkRepository, MailedAccountLinkRepository,
  PasswordAndEmailRepository, SignInChallengeRepository, TOTPFactorRepository, SecurityTrailReader,
  UserAdministration, AccountDeletionRepository, ConsentRepository, AccountExportReader, PasskeyRepository,
  CarePlanMailChoiceRepository
{
  func events(
    of user: UserID, before number: Int64?, limit: Int
  ) async throws(IdentityError) -> [SecurityEvent] { throw .unavailable }
  func open(_ challenge: NewSignInChallenge, of user: UserID) async throws(IdentityError) { throw .unavailable }
  func attempt(_ tokenHash: [UInt8]) async throws(IdentityError) -> OpenSignInChallenge? { throw .unavailable }
  func complete(
    _ tokenHash: [UInt8], with device: NewDevice, of user: UserID
  ) async throws(IdentityError) -> Bool { throw .unavailable }
  func end(_ tokenHash: [UInt8]) async throws(IdentityError) { throw .unavailable }
  func begin(_ sealedSecret: [UInt8], of user: UserID) async throws(IdentityError) -> Bool { throw .unavailable }
  func pending(_ user: UserID) async throws(IdentityError) -> PendingTOTPFactor? { throw .unavailable }
  func confirm(
    _ sealedSecret: [UInt8], step: Int64, recoveryHashes: [[UInt8]], of user: UserID, keeping device: DeviceID
  ) async throws(IdentityError) -> Bool { throw .unavailable }
  func remove(_ user: UserID) async throws(IdentityError) { throw .unavailable }
  func attempt(_ user: UserID) async throws(IdentityError) -> TOTPAttempt { throw .unavailable }
  func use(step: Int64, of user: UserID) async throws(IdentityError) -> Bool { throw .unavailable }
  func use(recoveryHash: [UInt8], of user: UserID) async throws(IdentityError) -> Bool { throw .unavailable }
  func reauthenticate(
    _ device: DeviceID, user: UserID, by methods: [String], at moment: Date
  ) async throws(IdentityError) -> DeviceSignIn? { throw .unavailable }
  func give(_ version: ConsentVersion, by user: UserID) async throws(IdentityError) { throw .unavailable }
  func carePlanMail(of user: UserID) async throws(IdentityError) -> CarePlanMailKind? { throw .unavailable }
  func chooseCarePlanMail(_ choice: CarePlanMailKind?, by user: UserID) async throws(IdentityError) {
    throw .unavailable
  }
  func export(of user: UserID) async throws(IdentityError) -> AccountExport? { throw .unavailable }
  func delete(
    _ user: UserID, provenBy proof: OwnershipProof, forfeitsBalance: Bool
  ) async throws(IdentityError) -> AccountDeletionResult { throw .unavailable }
  func user(_ id: UserID) async throws(UserAdministrationError) -> AdministeredUser { throw .unavailable }
  func users(email: String) async throws(UserAdministrationError) -> [AdministeredUser] { throw .unavailable }
  func events(
    of user: UserID, before number: Int64?, limit: Int, actor: String
  ) async throws(UserAdministrationError) -> [SecurityEvent] { throw .unavailable }
  func disable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser { throw .unavailable }
  func enable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser { throw .unavailable }
  func add(
    _ credential: NewPasskeyCredential, name: String, transports: [PasskeyTransport], to user: UserID
  ) async throws(IdentityError) -> PasskeyAddResult { throw .unavailable }
  func passkeys(of user: UserID) async throws(IdentityError) -> [PasskeySummary] { throw .unavailable }
  func passkey(credentialID: [UInt8]) async throws(IdentityError) -> StoredPasskey? { throw .unavailable }
  func signIn(
    with passkey: PasskeyID, counter: UInt32, isBackedUp: Bool, device: NewDevice
  ) async throws(IdentityError) -> Account? { throw .unavailable }
  func remove(_ passkey: PasskeyID, of user: UserID) async throws(IdentityError) -> PasskeyRemoveResult {
    throw .unavailable
  }
  func join(_ person: GoogleIdentity) async throws(IdentityError) -> GoogleJoinResult { throw .unavailable }
  func link(googleSubject: String, to user: UserID) async throws(IdentityError) -> GoogleLinkResult {
    throw .unavailable
  }
  func unlink(_ user: UserID) async throws(IdentityError) -> GoogleUnlinkResult { throw .unavailable }
  func create(_ account: NewAccount, device: NewDevice?) async throws(IdentityError) -> Account { throw .unavailable }
  func account(_ id: UserID) async throws(IdentityError) -> Account? { throw .unavailable }
  func account(
    email: EmailAddress
  ) async throws(IdentityError) -> (account: Account, passwordHash: String?)? { throw .unavailable }
  func account(googleSubject: String) async throws(IdentityError) -> Account? { throw .unavailable }
  func rename(_ id: UserID, to name: String?) async throws(IdentityError) -> Account? { throw .unavailable }
  func storePasswordHash(_ hash: String, of id: UserID) async throws(IdentityError) { throw .unavailable }
  func replacePasswordHash(_ old: String, with new: String, of id: UserID) async throws(IdentityError) {
    throw .unavailable
  }
  func link(_ id: String) async throws(IdentityError) -> MailedAccountLink? { throw .unavailable }
  func countCodeTry(
    for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> [MailedAccountLink] { throw .unavailable }
  func requestVerification(of user: UserID) async throws(IdentityError) { throw .unavailable }
  func requestPasswordReset(of email: EmailAddress, isRegistration: Bool) async throws(IdentityError) {
    throw .unavailable
  }
  func requestEmailChange(of user: UserID, to email: EmailAddress) async throws(IdentityError) { throw .unavailable }
  func requestReauthentication(of user: UserID) async throws(IdentityError) { throw .unavailable }
  func use(_ link: MailedAccountLink) async throws(IdentityError) -> Bool { throw .unavailable }
  func use(_ passkey: PasskeyID, counter: UInt32, isBackedUp: Bool) async throws(IdentityError) -> Bool {
    throw .unavailable
  }
  func verifyEmail(by link: MailedAccountLink) async throws(IdentityError) { throw .unavailable }
  func resetPassword(by link: MailedAccountLink, to hash: String) async throws(IdentityError) { throw .unavailable }
  func changePassword(
    of user: UserID, from old: String, to new: String, keeping device: DeviceID
  ) async throws(IdentityError) { throw .unavailable }
  func changeEmail(by link: MailedAccountLink) async throws(IdentityError) { throw .unavailable }
  func undoEmailChange(by link: MailedAccountLink) async throws(IdentityError) { throw .unavailable }
  func open(_ device: NewDevice, user: UserID) async throws(IdentityError) { throw .unavailable }
  func device(holding tokenHash: [UInt8]) async throws(IdentityError) -> DeviceID? { throw .unavailable }
  func rotate(
    _ presented: PresentedRefreshToken, to successor: RefreshTokenSuccessor, network: ClientNetwork?
  ) async throws(IdentityError) -> RefreshTokenRotationResult { throw .unavailable }
  func signedIn(
    _ user: UserID, after cursor: DeviceCursor?, limit: Int
  ) async throws(IdentityError) -> [DeviceSummary] { throw .unavailable }
  func end(_ device: DeviceID, user: UserID, cause: DeviceEndCause) async throws(IdentityError) -> Bool {
    throw .unavailable
  }
  func end(familyOf presented: PresentedRefreshToken, cause: DeviceEndCause) async throws(IdentityError) {
    throw .unavailable
  }
  func endAll(of user: UserID, except: DeviceID?, cause: DeviceEndCause) async throws(IdentityError) {
    throw .unavailable
  }
}
