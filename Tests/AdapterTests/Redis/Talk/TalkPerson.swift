import Application
import Domain
import Foundation
import Testing

/// A user of one test, with a device, and the steps of their talks.
struct TalkPerson: Sendable {
  let talks: any LiveTalkStore
  let user = UserID(UUID())
  let device = DeviceID(UUID())

  func newSession() throws -> SessionID {
    try #require(SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
  }

  func reserve(
    _ session: SessionID, available: TalkTime = .minutes(10), version: Int64 = 5, takeOver: Bool = false
  ) async throws -> LiveTalkReservationResult {
    try await talks.reserve(
      LiveTalkReservation(
        session: session, user: user, available: available, walletVersion: version, takeOver: takeOver))
  }

  /// A talk that is reserved and has its first slice: the wallet's version is 6 now.
  func started(granted: TalkTime = .seconds(60), isFinal: Bool = false) async throws -> SessionID {
    let session = try newSession()
    #expect(try await reserve(session) == .reserved)
    #expect(try await note(granted, isFinal: isFinal, for: session)?.granted == granted)
    return session
  }

  /// A talk that has begun, with a beat of sequence number 1.
  func live(granted: TalkTime = .seconds(60), isFinal: Bool = false) async throws -> SessionID {
    let session = try await started(granted: granted, isFinal: isFinal)
    _ = try await accepted(session, seq: 1)
    return session
  }

  @discardableResult
  func note(
    _ cumulative: TalkTime, slice: Int64 = 1, version: Int64 = 6, available: TalkTime = .minutes(9),
    isFinal: Bool = false, for session: SessionID
  ) async throws -> LiveTalk? {
    try await talks.note(
      SliceGrant(
        cumulative: cumulative, slice: slice, walletVersion: version, available: isFinal ? .zero : available,
        isFinal: isFinal),
      for: session)
  }

  func beat(_ session: SessionID, seq: Int64? = nil, issuedAt: Int64 = 1_000) async throws -> HeartbeatResult {
    try await talks.beat(Heartbeat(session: session, user: user, device: device, issuedAt: issuedAt, seq: seq))
  }

  /// The talk after a beat that must be accepted.
  func accepted(_ session: SessionID, seq: Int64? = nil) async throws -> LiveTalk {
    guard case .accepted(let talk) = try await beat(session, seq: seq) else { throw NotAccepted() }
    return talk
  }

  func walletChanged(version: Int64, available: TalkTime, frozen: Bool = false) async throws -> LiveTalk? {
    try await talks.walletChanged(
      WalletChanged(userID: user, version: version, available: available, frozen: frozen))
  }

  func read(_ session: SessionID) async throws -> LiveTalk { try #require(try await talks.read(session)) }

  struct NotAccepted: Error {}
}
