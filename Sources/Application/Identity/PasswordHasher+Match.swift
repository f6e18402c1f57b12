import Domain

enum PasswordMatch: Sendable, Equatable {
  case none
  /// No hash was made, because too many were waiting: nobody learns anything about the password.
  case notCompared
  /// The composed form does not match, and no hash could be made of the text as it was typed.
  case halfCompared
  case composed
  /// The hash was made before passwords were composed, from the text as it was typed.
  case asTyped

  var isRight: Bool { self == .composed || self == .asTyped }
}

extension PasswordHasher {
  /// Compares a typed text in composed form and then, if it was typed in another form, as it was typed. Costs the same
  /// for a missing hash.
  func match(_ typed: String, _ hash: String?, for client: ClientNetwork? = nil) async -> PasswordMatch {
    let password = Password(typed)
    do {
      if try await verify(password.text, against: hash, for: client) { return .composed }
    } catch {
      return .notCompared
    }
    do {
      if password.isSpelled(as: typed) { return .none }
      return try await verify(typed, against: hash, for: client) ? .asTyped : .none
    } catch {
      return .halfCompared
    }
  }
}
