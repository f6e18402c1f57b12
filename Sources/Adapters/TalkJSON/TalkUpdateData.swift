import Application
import Domain
import FoundationEssentials

/// The data of an event; part of the HTTP contract.
public struct TalkUpdateData: Encodable {
  let state: String
  let remaining: Int64?
  let charged: Int64
  let endReason, warning, status: String?

  public init(_ change: TalkUpdate) {
    state = change.state.word
    remaining = change.remaining.milliseconds
    charged = change.charged.milliseconds
    endReason = change.endReason?.rawValue
    warning = change.kind == .low ? LowWarning(remaining: change.remaining)?.rawValue : nil
    status = change.kind == .carePlan ? change.carePlan : nil
  }

  /// The time that remained at the end is not in the history.
  public init(_ record: TalkRecord) {
    state = Meter.State.ended.word
    charged = record.charged.milliseconds
    endReason = record.endReason?.rawValue
    (remaining, warning, status) = (nil, nil, nil)
  }

  enum CodingKeys: String, CodingKey {
    case state, remaining = "remaining_ms", charged = "charged_ms", endReason = "end_reason", warning, status
  }

  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
