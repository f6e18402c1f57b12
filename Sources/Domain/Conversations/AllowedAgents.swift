/// The agents that users may talk with: the standard agent, which is used where a request names none, and the others
/// that a request may name.
public struct AllowedAgents: Sendable, Equatable {
  public let standard: String
  private let allowed: Set<String>

  /// - Parameter more: names separated by commas.
  public init(standard: String, more: String? = nil) {
    self.standard = standard
    let named = (more ?? "").split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    allowed = Set(named + [standard])
  }

  /// The agent of that name; nil if it is not on the list.
  public func agent(_ name: String?) -> String? {
    guard let name else { return standard }
    // Compared byte by byte: to ElevenLabs, another Unicode spelling of the same characters is another name.
    return allowed.first { $0.utf8.elementsEqual(name.utf8) }
  }

  /// All agents, the standard one first.
  public var all: [String] { [standard] + allowed.subtracting([standard]).sorted() }
}
