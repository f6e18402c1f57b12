import Domain

public enum ReadTalkError: StableError {
  /// No such talk, or another's.
  case notFound
  /// The ledger cannot be asked.
  case unavailable

  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .unavailable: "ledger_unavailable"
    }
  }
}

/// One's own talk, as far as it is known.
public enum FoundTalk: Sendable {
  /// - Parameter live: what the store of live talks knows of it, while it goes on.
  case recorded(TalkRecord, live: LiveTalk?)
  /// The ledger is away: this is what the store of live talks knows.
  case live(LiveTalk)
}

/// One's own talks. A page that is loaded again while the ledger is away must learn its `seq` all the same, or its talk
/// ends by the gap.
public struct ReadTalk: Sendable {
  private let live: any LiveTalkStore
  private let history: any TalkHistory

  public init(live: any LiveTalkStore, history: any TalkHistory) {
    self.live = live
    self.history = history
  }

  public func callAsFunction(_ session: SessionID, of user: UserID) async throws(ReadTalkError) -> FoundTalk {
    let found: TalkRecord?
    do { found = try await history.record(of: session) } catch {
      guard let talk = try? await live.read(session), talk.user == user else { throw .unavailable }
      return .live(talk)
    }
    guard let record = found, record.user == user else { throw .notFound }
    return .recorded(record, live: record.isEnded ? nil : try? await live.read(session))
  }

  /// Newest first.
  /// - Parameter after: the last page's cursor.
  public func history(
    of user: UserID, limit: Int, after: String?
  ) async throws(ReadTalkError) -> (items: [TalkRecord], next: String?) {
    do { return try await history.history(of: user, limit: limit, after: after) } catch { throw .unavailable }
  }

  /// The record of a talk that is over, which the store of live talks forgets.
  public func ended(_ session: SessionID, of user: UserID) async throws(ReadTalkError) -> TalkRecord {
    let found: TalkRecord?
    do { found = try await history.record(of: session) } catch { throw .unavailable }
    guard let record = found, record.user == user, record.isEnded else { throw .notFound }
    return record
  }
}
