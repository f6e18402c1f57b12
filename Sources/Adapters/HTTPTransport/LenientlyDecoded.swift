/// An optional member of a provider's response. A value of an unexpected type counts as absent, so that it does not
/// make the members beside it unreadable.
public struct LenientlyDecoded<Value: Decodable & Sendable>: Decodable, Sendable {
  public let value: Value?

  public init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(Value.self) }
}
