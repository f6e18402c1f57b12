/// Why a password cannot be chosen.
public enum PasswordProblem: Error, Equatable {
  case tooShort(minimum: Int)
  case tooLong
  /// It is one of those that are tried first, or the product's name.
  case common
  /// It is the account's address, or a part of it.
  case isAddress
  /// It is known from a breach of somebody's data.
  case breached
}
