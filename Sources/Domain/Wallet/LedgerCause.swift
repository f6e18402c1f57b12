/// What caused an entry of the ledger: an event, a request or a job of this system. It is stored with the entry and
/// explains how the wallet came to its balance.
public struct LedgerCause: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let text: String

  private init(_ kind: String, _ id: String) { text = "\(kind):\(id)" }

  public init(stringLiteral value: String) { text = value }

  public static func request(_ id: String) -> LedgerCause { LedgerCause("request", id) }
  public static func webhook(_ eventID: String) -> LedgerCause { LedgerCause("webhook", eventID) }
  public static func event(_ type: String, _ id: String) -> LedgerCause { LedgerCause(type, id) }
  public static func actor(_ name: String) -> LedgerCause { LedgerCause("operator", name) }

  public var description: String { text }
}
