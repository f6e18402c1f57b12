/// Why bytes are no item of CBOR in the form that CTAP2 calls canonical.
public enum CBORProblem: Error, Sendable, Equatable {
  /// The bytes end within an item.
  case truncated
  /// More bytes follow than the item has.
  case trailing
  /// A number or a length is not in its shortest form.
  case notShortest
  /// An item without a length of its own.
  case indefinite
  /// A tag, a floating number, or another kind that WebAuthn has no use for.
  case unsupported
  case integerTooLarge
  case invalidText
  /// The keys of a map are not in order, or one is there twice.
  case keyOrder
  /// A key is neither an integer nor a text.
  case keyKind
  case tooDeep
  case tooLarge
}
