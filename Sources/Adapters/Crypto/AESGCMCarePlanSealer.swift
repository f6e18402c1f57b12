import Application
import Crypto
import Domain
import FoundationEssentials

/// Seals care plans by AES-GCM under data keys of 256 bits. The data keys are wrapped by AES-GCM under a key that is
/// derived from SECRET_KEY. The key's id is authenticated with each wrapped key, and the session's id with each plan,
/// so that nobody can move either to another row.
public struct AESGCMCarePlanSealer: CarePlanSealer {
  /// The present one, which wraps new keys, and the previous ones, under which older keys are still wrapped.
  private let wrappers: [SymmetricKey]

  /// - Parameter previous: the keys of the secret before the present one; nil if there is none.
  public init(keys: DerivedKeys, previous: DerivedKeys? = nil) {
    wrappers = [keys, previous].compactMap { $0?.key("care-plans/v1") }
  }

  public func newKey() throws(CarePlanSealingError) -> WrappedCarePlanKey {
    try wrap(SymmetricKey(size: .bits256), id: UUID())
  }

  public func rewrapped(_ key: WrappedCarePlanKey) throws(CarePlanSealingError) -> WrappedCarePlanKey? {
    guard !isCurrent(key), let dataKey = unwrap(key) else { return nil }
    return try wrap(dataKey, id: key.id)
  }

  private func wrap(_ dataKey: SymmetricKey, id: UUID) throws(CarePlanSealingError) -> WrappedCarePlanKey {
    let bytes = dataKey.withUnsafeBytes { Array($0) }
    guard let wrapper = wrappers.first,
      let wrapped = try? AES.GCM.seal(bytes, using: wrapper, authenticating: Self.name(id)).combined
    else { throw CarePlanSealingError() }
    return WrappedCarePlanKey(id: id, wrapped: Array(wrapped))
  }

  public func isCurrent(_ key: WrappedCarePlanKey) -> Bool {
    wrappers.first.flatMap { Self.unwrap(key, by: $0) } != nil
  }

  public func seal(
    _ planJSON: String, of session: SessionID, under key: WrappedCarePlanKey
  ) throws(CarePlanSealingError) -> [UInt8] {
    guard let dataKey = unwrap(key),
      let sealed = try? AES.GCM.seal(Array(planJSON.utf8), using: dataKey, authenticating: Array(session.text.utf8))
        .combined
    else { throw CarePlanSealingError() }
    return Array(sealed)
  }

  public func unseal(_ sealed: [UInt8], of session: SessionID, under key: WrappedCarePlanKey) -> String? {
    guard let dataKey = unwrap(key), let box = try? AES.GCM.SealedBox(combined: sealed),
      let plan = try? AES.GCM.open(box, using: dataKey, authenticating: Array(session.text.utf8))
    else { return nil }
    return String(validating: plan, as: UTF8.self)
  }

  private func unwrap(_ key: WrappedCarePlanKey) -> SymmetricKey? {
    for wrapper in wrappers { if let dataKey = Self.unwrap(key, by: wrapper) { return dataKey } }
    return nil
  }

  private static func unwrap(_ key: WrappedCarePlanKey, by wrapper: SymmetricKey) -> SymmetricKey? {
    guard let box = try? AES.GCM.SealedBox(combined: key.wrapped),
      let bytes = try? AES.GCM.open(box, using: wrapper, authenticating: name(key.id))
    else { return nil }
    return SymmetricKey(data: bytes)
  }

  private static func name(_ id: UUID) -> [UInt8] { Array(id.uuidString.lowercased().utf8) }
}
