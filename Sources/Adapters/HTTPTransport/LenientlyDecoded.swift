/// A member of a provider's answer that is good to have: anything else than expected in its place is as if it were absent,
/// and spoils nothing of what stands beside it.
public struct LenientlyDecoded<Value: Decodable & Sendable>: Decodable, Sendable {
  public let value: Value?

  public init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(Value.self) }
}
