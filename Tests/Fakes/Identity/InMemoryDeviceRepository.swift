import Application
import Domain
import FoundationEssentials
import Synchronization

/// Devices and their refresh tokens in memory, by the same rules as the real ones.
public final class InMemoryDeviceRepository: DeviceRepository {
  private struct Row {
    let user: UserID
    let createdAt: Date
    var authenticatedAt: Date
    var methods: [String]
    let userAgent: String?
    var network: ClientNetwork?
    var token: [UInt8]
    var previous: [UInt8]?
    var sealed: [UInt8] = []
    var rotatedAt: Date?
    var expiresAt: Date
    var cause: DeviceEndCause?

    func signIn(_ id: DeviceID) -> DeviceSignIn {
      DeviceSignIn(device: id, user: user, authenticatedAt: authenticatedAt, methods: methods)
    }
  }

  private static let day: Double = 24 * 3_600
  private static let idle = 30 * day
  private static let longest = 90 * day
  /// Seconds.
  private static let grace: Double = 10
  let clock: FakeClock
  /// The sign-ins that wait for a second factor.
  let challenges = Mutex<[[UInt8]: StoredSignInChallenge]>([:])
  private let rows = Mutex<[DeviceID: Row]>([:])
  /// The accounts that are disabled or deleted.
  private let closed = Mutex<Set<UserID>>([])
  private let epochs = Mutex<[UserID: Int64]>([:])
  /// Called with each user all of whose devices were ended.
  private let listener = Mutex<(@Sendable (UserID) -> Void)?>(nil)

  public init(clock: FakeClock = FakeClock()) { self.clock = clock }

  /// The devices that were ended, with the cause.
  public var causes: [DeviceID: DeviceEndCause] { rows.withLock { $0.compactMapValues(\.cause) } }

  /// The devices that were ended.
  public var ended: Set<DeviceID> { Set(causes.keys) }

  /// The devices that can still refresh.
  public var open: Set<DeviceID> { rows.withLock { Set($0.filter { $0.value.cause == nil }.keys) } }

  public func open(_ device: NewDevice, user: UserID) async throws(IdentityError) {
    try insert(device, user: user)
  }

  /// The same without waiting, for the repository of accounts.
  func insert(_ device: NewDevice, user: UserID) throws(IdentityError) {
    let now = clock.now()
    try rows.withLock { rows throws(IdentityError) in
      if closed.withLock({ $0.contains(user) }) { throw .accountDisabled }
      guard rows[device.id] == nil, !rows.values.contains(where: { $0.token == device.tokenHash }) else {
        throw .unavailable
      }
      rows[device.id] = Row(
        user: user, createdAt: now, authenticatedAt: device.authenticatedAt, methods: device.methods,
        userAgent: device.userAgent, network: device.network, token: device.tokenHash, expiresAt: now + Self.idle)
    }
  }

  public func device(holding tokenHash: [UInt8]) async throws(IdentityError) -> DeviceID? {
    rows.withLock { rows in rows.first { $0.value.token == tokenHash || $0.value.previous == tokenHash }?.key }
  }

  public func rotate(
    _ presented: PresentedRefreshToken, to successor: RefreshTokenSuccessor, network: ClientNetwork?
  ) async throws(IdentityError) -> RefreshTokenRotationResult {
    let now = clock.now()
    return rows.withLock { rows in
      let live = rows.filter { $0.value.cause == nil && now < $0.value.expiresAt }
      if let (id, row) = live.first(where: { $0.value.token == presented.hash }) {
        rows[id]?.previous = row.token
        rows[id]?.token = successor.hash
        rows[id]?.sealed = successor.sealed
        rows[id]?.rotatedAt = now
        if let network { rows[id]?.network = network }
        rows[id]?.expiresAt = min(now + Self.idle, row.createdAt + Self.longest)
        return .rotated(row.signIn(id))
      }
      if let (id, row) = live.first(where: { $0.value.previous == presented.hash }), let rotatedAt = row.rotatedAt,
        now.timeIntervalSince(rotatedAt) < Self.grace
      {
        return .repeated(row.signIn(id), sealed: row.sealed)
      }
      let family = Self.family(presented, rows).filter { rows[$0]?.token != presented.hash }
      for id in family { rows[id]?.cause = .replayed }
      return family.isEmpty ? .unknown : .replayed
    }
  }

  private static func family(_ presented: PresentedRefreshToken, _ rows: [DeviceID: Row]) -> [DeviceID] {
    rows.filter { id, row in
      row.cause == nil && (id == presented.family || row.token == presented.hash || row.previous == presented.hash)
    }.map(\.key)
  }

  public func reauthenticate(
    _ device: DeviceID, user: UserID, by methods: [String], at moment: Date
  ) async throws(IdentityError) -> DeviceSignIn? {
    let now = clock.now()
    return rows.withLock { rows in
      guard var row = rows[device], row.user == user, row.cause == nil, now < row.expiresAt else { return nil }
      row.authenticatedAt = moment
      for method in methods where !row.methods.contains(method) { row.methods.append(method) }
      rows[device] = row
      return row.signIn(device)
    }
  }

  public func signedIn(
    _ user: UserID, after cursor: DeviceCursor?, limit: Int
  ) async throws(IdentityError) -> [DeviceSummary] {
    let now = clock.now()
    return rows.withLock { rows in
      let own = rows.filter { $0.value.user == user && $0.value.cause == nil && now < $0.value.expiresAt }
      let all = own.map { id, row in
        DeviceSummary(
          id: id, userAgent: row.userAgent, network: row.network?.description, createdAt: row.createdAt,
          lastUsedAt: row.rotatedAt ?? row.createdAt)
      }
      let sorted = all.sorted { ($0.createdAt, $0.id.description) > ($1.createdAt, $1.id.description) }
      let rest = sorted.filter { item in
        cursor.map { (item.createdAt, item.id.description) < ($0.createdAt, $0.id.description) } ?? true
      }
      return Array(rest.prefix(limit))
    }
  }

  @discardableResult
  public func end(_ device: DeviceID, user: UserID, cause: DeviceEndCause) async throws(IdentityError) -> Bool {
    rows.withLock { rows in
      guard let row = rows[device], row.user == user, row.cause == nil else { return false }
      rows[device]?.cause = cause
      return true
    }
  }

  public func end(familyOf presented: PresentedRefreshToken, cause: DeviceEndCause) async throws(IdentityError) {
    rows.withLock { rows in
      for id in Self.family(presented, rows) { rows[id]?.cause = cause }
    }
  }

  public func endAll(of user: UserID, except: DeviceID?, cause: DeviceEndCause) async throws(IdentityError) {
    endAllNow(of: user, except: except, cause: cause)
  }

  /// How often all devices of the user were ended.
  func epoch(of user: UserID) -> Int64 { epochs.withLock { $0[user] ?? 0 } }

  /// Every device of the user, the newest first.
  func exported(of user: UserID) -> [AccountExport.Device] {
    rows.withLock { rows in
      rows.filter { $0.value.user == user }.sorted { $0.value.createdAt > $1.value.createdAt }.map { id, row in
        AccountExport.Device(
          id: id, userAgent: row.userAgent, network: row.network?.description, methods: row.methods,
          createdAt: row.createdAt, lastUsedAt: row.rotatedAt ?? row.createdAt, expiresAt: row.expiresAt, endedAt: nil,
          endedCause: row.cause?.rawValue)
      }
    }
  }

  /// Ends all devices of an account that is disabled, and lets no other begin.
  func close(_ user: UserID, cause: DeviceEndCause) {
    closed.withLock { _ = $0.insert(user) }
    endAllNow(of: user, cause: cause)
  }

  func reopen(_ user: UserID) { closed.withLock { _ = $0.remove(user) } }

  /// The store of the accounts hears of each user all of whose devices were ended, as the real one knows in the
  /// transaction.
  func onEndOfAll(_ body: @escaping @Sendable (UserID) -> Void) { listener.withLock { $0 = body } }

  /// As the stores of accounts and of their links do in the transaction of a change.
  func endAllNow(of user: UserID, except: DeviceID? = nil, cause: DeviceEndCause) {
    epochs.withLock { $0[user, default: 0] += 1 }
    challenges.withLock { challenges in challenges = challenges.filter { $0.value.user != user } }
    rows.withLock { rows in
      for (id, row) in rows where row.user == user && id != except && row.cause == nil { rows[id]?.cause = cause }
    }
    let told = listener.withLock { $0 }
    told?(user)
  }
}
