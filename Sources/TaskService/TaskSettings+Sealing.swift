import CryptoAdapter

extension TaskSettings {
  /// Seals care plans, and unseals those that were sealed under the previous secret, too.
  var carePlanSealer: AESGCMCarePlanSealer {
    AESGCMCarePlanSealer(
      keys: DerivedKeys(secret: secretKey), previous: previousSecretKey.map { DerivedKeys(secret: $0) })
  }
}
