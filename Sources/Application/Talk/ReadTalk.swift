import Domain

public enum ReadTalkError: StableError {
  /// There is no such talk, or it belongs to another user.
  case notFound
  /// The ledger cannot be reached.
  case unavailable

  public var code: String {
    switch self {
    case .notFound: "not_found"
    case .unavailable: "ledger_unavailable"
    }
  }
}

/// The user's own talk, as far as it is known.
public enum OwnTalkView: Sendable {
  /// - Parameter live: the talk in the store of live talks, while it is live.
  case recorded(TalkRecord, live: LiveTalk?)
  /// The ledger cannot be reached; this is the talk in the store of live talks.
  case live(LiveTalk)
}

/// Reads the user's own talks. It works for a live talk without the ledger, because a page that reloads during an
/// outage must learn its `seq`; its talk would otherwise end by the gap.
public struct ReadTalk: Sendable {
  private let live: any LiveTalkStore
  private let history: any TalkHistory

  public init(live: any LiveTalkStore, history: any TalkHistory) {
    self.live = live
    self.history = history
  }

  public func callAsFunction(_ session: SessionID, of user: UserID) async throws(ReadTalkError) -> OwnTalkView {
    let found: TalkRecord?
    do { found = try await history.record(of: session) } catch {
      guard let talk = try? await live.read(session), talk.user == user else { throw .unavailable }
      return .live(talk)
    }
    guard let record = found, record.user == user else { throw .notFound }
    return .recorded(record, live: record.isEnded ? nil : try? await live.read(session))
  }

  /// The user's talks, newest first.
  /// - Parameter after: the previous page's cursor.
  public func history(
    of user: UserID, limit: Int, after: String?
  ) async throws(ReadTalkError) -> (items: [TalkRecord], next: String?) {
    do { return try await history.history(of: user, limit: limit, after: after) } catch { throw .unavailable }
  }

  /// The record of a talk that is over, because the store of live talks drops it after a while.
  public func ended(_ session: SessionID, of user: UserID) async throws(ReadTalkError) -> TalkRecord {
    let found: TalkRecord?
    do { found = try await history.record(of: session) } catch { throw .unavailable }
    guard let record = found, record.user == user, record.isEnded else { throw .notFound }
    return record
  }
}
