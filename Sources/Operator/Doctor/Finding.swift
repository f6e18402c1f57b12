/// A result of one check of the doctor.
struct Finding: Encodable, Sendable, Equatable {
  enum Level: String, Encodable, Sendable {
    case ok, warning, problem

    var mark: String {
      switch self {
      case .ok: "✓"
      case .warning: "!"
      case .problem: "✗"
      }
    }
  }

  let area: String
  let level: Level
  let text: String

  static func ok(_ area: String, _ text: String) -> Finding { Finding(area: area, level: .ok, text: text) }
  static func warning(_ area: String, _ text: String) -> Finding { Finding(area: area, level: .warning, text: text) }
  static func problem(_ area: String, _ text: String) -> Finding { Finding(area: area, level: .problem, text: text) }
}
