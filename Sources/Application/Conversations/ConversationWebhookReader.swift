import Domain
import FoundationEssentials

/// A webhook of the provider while it comes in pieces. What is kept of it is bounded, however long it is: sound comes in
/// tens of megabytes.
public struct ConversationWebhookReader: Sendable {
  private var picker = JSONPicker([
    "type", "event_timestamp", "data", "data.conversation_id", "data.status", "data.metadata",
    "data.metadata.call_duration_secs",
  ])

  public init() {}

  public mutating func read(_ bytes: UnsafeRawBufferPointer) {
    // Nothing of sound is wanted.
    if kind != .sound { picker.read(bytes) }
  }

  public enum Kind: Sendable, Equatable { case transcript, sound, other }

  /// Nil while its type has not come.
  public var kind: Kind? {
    switch picker.found["type"] {
    case .text("post_call_transcription"): .transcript
    case .text("post_call_audio"): .sound
    case nil: nil
    default: .other
    }
  }

  enum Content: Equatable {
    /// Of a call: its id, its status as it is spelled, its duration in seconds, when it was told in seconds since 1970.
    case call(id: String, status: String?, seconds: Double?, told: Double?)
    case nothing
    case unreadable
  }

  /// What it says, once all of it was read.
  var content: Content {
    if kind == .sound { return .nothing }
    guard picker.isWhole, case .text = picker.found["type"] else { return .unreadable }
    guard kind == .transcript else { return .nothing }
    do {
      guard try isThere("data", .object) else { return .nothing }
      _ = try isThere("data.metadata", .object)
      guard let id = try text("data.conversation_id") else { return .nothing }
      return .call(
        id: id, status: try text("data.status"), seconds: try number("data.metadata.call_duration_secs"),
        told: try number("event_timestamp"))
    } catch {
      return .unreadable
    }
  }

  private struct AnotherType: Error {}

  private func isThere(_ path: String, _ kind: JSONPicker.Value) throws -> Bool {
    guard let value = picker.found[path], value != .null else { return false }
    guard value == kind else { throw AnotherType() }
    return true
  }

  private func text(_ path: String) throws -> String? {
    guard let value = picker.found[path], value != .null else { return nil }
    guard case .text(let text) = value else { throw AnotherType() }
    // One that is too long is none that we know.
    return text ?? ""
  }

  private func number(_ path: String) throws -> Double? {
    guard let value = picker.found[path], value != .null else { return nil }
    guard case .number(let number) = value else { throw AnotherType() }
    return number
  }
}
