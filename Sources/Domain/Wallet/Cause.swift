/// What caused an entry of the ledger: an event, a request or a job of this system. It is stored with the entry and
/// explains how the wallet came to its balance.
public struct Cause: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let text: String

  private init(_ kind: String, _ id: String) { text = "\(kind):\(id)" }

  public init(stringLiteral value: String) { text = value }

  public static func request(_ id: String) -> Cause { Cause("request", id) }
  public static func webhook(_ eventID: String) -> Cause { Cause("webhook", eventID) }
  public static func event(_ type: String, _ id: String) -> Cause { Cause(type, id) }
  public static func actor(_ name: String) -> Cause { Cause("operator", name) }

  public var description: String { text }
}
