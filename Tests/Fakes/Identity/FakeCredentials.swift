import Application
import Domain
import FoundationEssentials
import Synchronization

/// Hashes that can be read, and a count of the computed ones: an unknown address must cost one, too. The hashes of an
/// older system begin with "old ".
public final class FakePasswords: PasswordHasher {
  public struct Busy: Error {}

  private struct State {
    var hashings = 0
    var isBusy = false
    /// After so many more hashes it is busy; nil for never.
    var left: Int?
    var clients: [ClientNetwork?] = []
  }
  private let state = Mutex(State())

  public init() {}

  /// The client of each hash that was asked for.
  public var clients: [ClientNetwork?] { state.withLock { $0.clients } }

  /// The number of hashes that were computed, for a new password or for a comparison.
  public var hashings: Int { state.withLock { $0.hashings } }

  public func beBusy(_ isBusy: Bool = true) { state.withLock { ($0.isBusy, $0.left) = (isBusy, nil) } }

  public func beBusy(after hashes: Int) { state.withLock { ($0.isBusy, $0.left) = (false, hashes) } }

  public func hash(_ password: Password, for client: ClientNetwork?) async throws -> String {
    state.withLock { $0.clients.append(client) }
    return try hash(password.text)
  }

  public func verify(_ password: String, against hash: String?, for client: ClientNetwork?) async throws -> Bool {
    state.withLock { $0.clients.append(client) }
    let given = try self.hash(password)
    // To the byte: Swift's strings are equal in every normalization form.
    return [given, "old \(given)"].contains { $0.utf8.elementsEqual((hash ?? "").utf8) }
  }

  public func hasRoom(for client: ClientNetwork?) -> Bool { state.withLock { !$0.isBusy } }

  public func isOutdated(_ hash: String) -> Bool { hash.hasPrefix("old ") }

  private func hash(_ text: String) throws -> String {
    try state.withLock { state in
      if state.isBusy || state.left == 0 { throw Busy() }
      state.left = state.left.map { $0 - 1 }
      state.hashings += 1
    }
    return "hash of \(text)"
  }
}

/// Google's answers about the users of the test: a credential consists of its user and its nonce.
public final class FakeGoogle: GoogleCredentialVerifier {
  private let credentials = Mutex<[String: VerifiedGoogleCredential]>([:])
  /// When every credential expires.
  public static let expiry = Date(timeIntervalSince1970: 1_795_503_600)

  public init() {}

  public func issue(_ credential: String, to person: GoogleIdentity, nonce: String? = nil) {
    let issued = VerifiedGoogleCredential(
      identity: person, nonce: nonce, signedText: credential, expiresAt: Self.expiry)
    credentials.withLock { $0[credential] = issued }
  }

  public func verify(_ credential: String) async throws(IdentityError) -> VerifiedGoogleCredential {
    guard let found = credentials.withLock({ $0[credential] }) else { throw .invalidCredentials }
    return found
  }
}

/// A link's secret consists of the values that it is derived from, and its code of the first digits of its id.
public struct FakeLinks: MailedLinkSecretGenerator {
  public init() {}
  public func secret(purpose: String, id: String, user: UserID, expires: Date) -> String {
    "\(purpose)-\(id)-\(user)-\(Int64(expires.timeIntervalSince1970))"
  }
  public func code(purpose: String, id: String, user: UserID, expires: Date) -> MailedCode {
    MailedCode(UInt64(id.prefix(8), radix: 16) ?? 0)
  }
  public func limitSubject(of holder: MailedCodeHolder) -> String {
    switch holder {
    case .user(let user): "user \(user)"
    case .address(let address): "address \(address.canonical)"
    }
  }
}
