import Application
import Domain
import FoundationEssentials

/// Seals without a cipher, with the rules of the real one: only the same session, key and secret unseal a plan.
public struct PlainCarePlanSealer: CarePlanSealer {
  private let secret: UInt8
  private let previous: UInt8?

  public init(secret: UInt8 = 1, previous: UInt8? = nil) {
    self.secret = secret
    self.previous = previous
  }

  public func newKey() throws(CarePlanSealingError) -> WrappedCarePlanKey {
    let id = UUID()
    return WrappedCarePlanKey(id: id, wrapped: [secret] + Array(id.uuidString.utf8))
  }

  public func isCurrent(_ key: WrappedCarePlanKey) -> Bool {
    key.wrapped.first == secret && Array(key.wrapped.dropFirst()) == Array(key.id.uuidString.utf8)
  }

  public func rewrapped(_ key: WrappedCarePlanKey) throws(CarePlanSealingError) -> WrappedCarePlanKey? {
    guard !isCurrent(key), isKnown(key) else { return nil }
    return WrappedCarePlanKey(id: key.id, wrapped: [secret] + key.wrapped.dropFirst())
  }

  public func seal(
    _ planJSON: String, of session: SessionID, under key: WrappedCarePlanKey
  ) throws(CarePlanSealingError) -> [UInt8] {
    guard isKnown(key) else { throw CarePlanSealingError() }
    return Self.cover(session, key) + planJSON.utf8.map { $0 ^ 0x5A }
  }

  public func unseal(_ sealed: [UInt8], of session: SessionID, under key: WrappedCarePlanKey) -> String? {
    let cover = Self.cover(session, key)
    guard isKnown(key), sealed.starts(with: cover) else { return nil }
    return String(validating: sealed.dropFirst(cover.count).map { $0 ^ 0x5A }, as: UTF8.self)
  }

  private func isKnown(_ key: WrappedCarePlanKey) -> Bool {
    key.wrapped.first == secret || previous != nil && key.wrapped.first == previous
  }

  private static func cover(_ session: SessionID, _ key: WrappedCarePlanKey) -> [UInt8] {
    Array("\(session.text) \(key.id.uuidString) ".utf8)
  }
}
