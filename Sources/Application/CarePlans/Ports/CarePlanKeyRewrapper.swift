/// The data keys of care plans.
public protocol CarePlanKeyRewrapper: Sendable {
  /// Wraps each key under the present secret that is wrapped under the one before it.
  func runOnce() async throws
}
