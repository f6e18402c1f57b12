/// A reply (RESP2).
public enum RedisValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case simple([UInt8])
  case bulk([UInt8])
  case array([RedisValue])
  /// An error inside an array or of a single command in a pipeline. Any other error is thrown.
  case error(String)

  public var int: Int64? {
    switch self {
    case .integer(let value): value
    case .bulk(let bytes), .simple(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
    default: nil
    }
  }

  public var bytes: [UInt8]? {
    switch self {
    case .bulk(let bytes), .simple(let bytes): bytes
    default: nil
    }
  }

  public var string: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  public var array: [RedisValue]? { if case .array(let values) = self { values } else { nil } }

  public var isNull: Bool { self == .null }
}
