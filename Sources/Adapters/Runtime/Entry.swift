import HTTPServing
import Metrics

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs a service's body. An error at the start becomes one message and an exit status.
public func runService(_ body: () async throws -> Void) async -> Never {
  MetricsSystem.bootstrap(MetricsRegistry.process)
  do {
    try await body()
    exit(0)
  } catch {
    let text = "talktime: \(error)\n"
    _ = text.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
  }
}
