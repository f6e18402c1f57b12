/// The agents that somebody may talk with: the one who answers where nobody is named, and those who may be named besides.
public struct AgentList: Sendable, Equatable {
  public let standard: String
  private let allowed: Set<String>

  /// - Parameter more: names parted by commas.
  public init(standard: String, more: String? = nil) {
    self.standard = standard
    let named = (more ?? "").split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
    allowed = Set(named + [standard])
  }

  /// Nil for one who is not on the list.
  public func agent(_ name: String?) -> String? {
    guard let name else { return standard }
    // Byte by byte: another spelling of the same characters is another name to ElevenLabs.
    return allowed.first { $0.utf8.elementsEqual(name.utf8) }
  }

  /// All of them, the standard one first.
  public var all: [String] { [standard] + allowed.subtracting([standard]).sorted() }
}
