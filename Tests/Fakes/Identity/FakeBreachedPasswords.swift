import Application
import Domain

/// The texts that are known from breaches.
public struct FakeBreachedPasswords: BreachedPasswordDirectory {
  private let texts: Set<String>

  public init(_ texts: Set<String>) { self.texts = texts }

  public func contains(_ password: Password) async -> Bool { texts.contains(password.text) }
}
