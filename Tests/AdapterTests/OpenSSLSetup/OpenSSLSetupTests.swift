import COpenSSL
import Foundation
import HTTPTransport
import Logging
import PostgresDriver
import Testing

@Suite("OpenSSL at the end of a process")
struct OpenSSLSetupTests {
  @Test("OpenSSL still works while a process exits, once it has made a pool of connections to Postgres")
  func pool() async {
    await #expect(processExitsWith: .success) {
      atexit { Self.digest() }
      _ = try PostgresPool(
        configuration: PostgresConfiguration(url: "postgresql://a@127.0.0.1:1/a", applicationName: "tests"),
        logger: Logger(label: "tests"))
      Self.digest()
      exit(0)
    }
  }

  @Test("OpenSSL still works while a process exits, once it has made a client of HTTP")
  func client() async {
    await #expect(processExitsWith: .success) {
      atexit { Self.digest() }
      _ = HTTPTransport(logger: Logger(label: "tests"))
      Self.digest()
      exit(0)
    }
  }

  /// Computes a digest, as a thread does that opens a connection. Handlers of the exit run in the reverse order of their
  /// registration, so one that was registered before OpenSSL's first use runs after OpenSSL's own.
  private static func digest() {
    var (digest, length) = ([UInt8](repeating: 0, count: 32), UInt32(0))
    if EVP_Digest("a", 1, &digest, &length, EVP_sha256(), nil) != 1 { _exit(3) }
  }
}
