import Application
import Domain
import FoundationEssentials

/// Reads a webhook of ElevenLabs that arrives in pieces. The memory is bounded however long the webhook is: sound comes
/// in tens of megabytes.
public struct ElevenLabsWebhookReader: Sendable {
  private var picker = StreamingJSONMemberReader([
    "type", "event_timestamp", "data", "data.conversation_id", "data.status", "data.metadata",
    "data.metadata.call_duration_secs",
  ])

  public init() {}

  public mutating func read(_ bytes: UnsafeRawBufferPointer) {
    // No member of a webhook with sound is needed.
    if kind != .sound { picker.read(bytes) }
  }

  public enum Kind: Sendable, Equatable { case transcript, sound, other }

  /// Nil until the webhook's type has arrived.
  public var kind: Kind? {
    switch picker.found["type"] {
    case .text("post_call_transcription"): .transcript
    case .text("post_call_audio"): .sound
    case nil: nil
    default: .other
    }
  }

  /// The webhook's content, once all of it was read.
  public var notification: ConversationNotification {
    if kind == .sound { return .nothing }
    guard picker.isWhole, case .text = picker.found["type"] else { return .unreadable }
    guard kind == .transcript else { return .nothing }
    do {
      guard try isThere("data", .object) else { return .nothing }
      _ = try isThere("data.metadata", .object)
      guard let id = try text("data.conversation_id") else { return .nothing }
      let (status, seconds) = (try text("data.status"), try number("data.metadata.call_duration_secs"))
      let duration = seconds.flatMap { ReportedDuration.time(ofSeconds: $0) }
      let told = try number("event_timestamp").flatMap(Self.moment)
      let state = status.flatMap { ConversationState(rawValue: $0) }
      // An unknown state does not show whether the conversation is over.
      if status != nil, state == nil { return .nothing }
      return .call(
        ConversationNotification.Call(
          id: id, state: state, duration: duration, hasImpossibleDuration: seconds != nil && duration == nil,
          told: told))
    } catch {
      return .unreadable
    }
  }

  private struct AnotherType: Error {}

  private func isThere(_ path: String, _ kind: StreamingJSONMemberReader.Value) throws -> Bool {
    guard let value = picker.found[path], value != .null else { return false }
    guard value == kind else { throw AnotherType() }
    return true
  }

  private func text(_ path: String) throws -> String? {
    guard let value = picker.found[path], value != .null else { return nil }
    guard case .text(let text) = value else { throw AnotherType() }
    // A text that is too long is no known value.
    return text ?? ""
  }

  private func number(_ path: String) throws -> Double? {
    guard let value = picker.found[path], value != .null else { return nil }
    guard case .number(let number) = value else { throw AnotherType() }
    return number
  }

  /// Nil beyond the year 2100, since no call has such a time.
  private static func moment(_ seconds: Double) -> Date? {
    (0...4_102_444_800).contains(seconds) ? Date(timeIntervalSince1970: seconds) : nil
  }
}
