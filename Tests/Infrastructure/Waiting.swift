/// Repeats until there is a result; nil if there is none within the time.
public func eventually<T>(
  within limit: Duration = .seconds(20), _ attempt: () async throws -> T?
) async rethrows -> T? {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if let value = try await attempt() { return value }
    try? await Task.sleep(for: .milliseconds(20))
  }
  return nil
}
