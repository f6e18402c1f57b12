/// One item of CBOR (RFC 8949), of the kinds that WebAuthn uses.
public enum CBORValue: Sendable, Hashable {
  case integer(Int64)
  case bytes([UInt8])
  case text(String)
  case array([CBORValue])
  case map(CBORMap)
  case bool(Bool)
  case null
}

/// A map of CBOR. Its keys are integers and texts, each of them once.
public struct CBORMap: Sendable, Hashable {
  private let members: [CBORValue: CBORValue]

  init(_ members: [CBORValue: CBORValue]) { self.members = members }

  public var count: Int { members.count }

  public subscript(key: Int64) -> CBORValue? { members[.integer(key)] }
  public subscript(key: String) -> CBORValue? { members[.text(key)] }
}

extension CBORValue {
  var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }
  var map: CBORMap? { if case .map(let value) = self { value } else { nil } }
}
