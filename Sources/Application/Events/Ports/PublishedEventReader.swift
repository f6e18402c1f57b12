import Domain
import FoundationEssentials

/// The events that an operator wants to be published again: those of a time, and perhaps of one service or one type.
public struct EventReplayRange: Sendable, Equatable {
  /// The services that publish events.
  public static let sources = ["auth", "billing", "session", "task"]

  /// By the time of publication; the end is not included.
  public let from, until: Date
  /// Nil for all services.
  public let source: String?
  /// Nil for all types.
  public let type: String?

  /// - Returns: nil if the end is not after the beginning, or if there is no such service.
  public init?(from: Date, until: Date, source: String? = nil, type: String? = nil) {
    guard from < until, source.map({ Self.sources.contains($0) }) ?? true else { return nil }
    self.from = from
    self.until = until
    self.source = source
    self.type = type
  }
}

/// The published events that the outbox still has.
public protocol PublishedEventReader: Sendable {
  func record(of event: EventID) async throws -> EventRecord?
  /// The published events of one service, in the order of their publication.
  /// - Parameter last: the last one of the previous page.
  func page(
    of source: String, in range: EventReplayRange, after last: EventRecord?, limit: Int
  ) async throws -> [EventRecord]
}
