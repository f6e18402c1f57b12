import Testing

/// After each test of the suite, the sandbox's providers work again: a test that fails leaves no fault to the next.
struct SandboxRestored: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let result: Result<Void, any Error>
    do { result = .success(try await function()) } catch { result = .failure(error) }
    let suite = try Suite.running()
    for provider in ["razorpay", "elevenlabs", "gemini", "google", "mailjet"] {
      try await suite.sandbox("DELETE", "/control/\(provider)/fault")
    }
    try await suite.sandbox("DELETE", "/control/gemini/answer")
    try await suite.sandbox("PUT", "/control/mailjet/listing", body: ["enabled": true])
    try await suite.sandbox("PUT", "/control/elevenlabs/monitor", body: ["enabled": true])
    try result.get()
  }
}

extension Trait where Self == SandboxRestored {
  static var sandboxRestored: Self { SandboxRestored() }
}
