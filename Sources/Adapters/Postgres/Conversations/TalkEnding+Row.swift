import Domain
import PostgresDriver

extension TalkEnding {
  /// Reads `end_reason` and `ended_ms`; nil for a talk that is not settled.
  init?(_ row: PostgresRow) throws {
    guard let reason = try row.get("end_reason", as: String?.self), let age = try row.get("ended_ms", as: Int64?.self)
    else { return nil }
    self.init(reason: EndReason(rawValue: reason) ?? .lost, age: .milliseconds(age))
  }
}
