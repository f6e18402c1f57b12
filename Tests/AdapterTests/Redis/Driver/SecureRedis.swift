import Foundation
import NIOCore
import NIOPosix
import RedisDriver
import TestInfrastructure
import Testing

/// A test's own Redis with TLS and a self-signed certificate.
struct SecureRedis: Sendable {
  let port: Int
  let password: String
  /// The file of the certificate to trust.
  let certificate: String

  /// - Parameter names: the names that the certificate is valid for.
  static func with<T: Sendable>(
    names: String = "DNS:localhost,IP:127.0.0.1", _ body: @Sendable (SecureRedis) async throws -> T
  ) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (key, certificate) = (folder.appending(path: "key.pem").path, folder.appending(path: "certificate.pem").path)
    let openssl = try Command(
      [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
        "-subj", "/CN=redis", "-addext", "subjectAltName=\(names)",
      ], in: folder)
    try #require(await openssl.status() == 0, "openssl made no certificate")

    let redis = SecureRedis(port: try await freePort(), password: "\(UUID())", certificate: certificate)
    let server = try Command(
      [
        "redis-server", "--port", "0", "--bind", "127.0.0.1", "--tls-port", "\(redis.port)", "--tls-cert-file",
        certificate, "--tls-key-file", key, "--tls-auth-clients", "no", "--requirepass", redis.password, "--save", "",
        "--appendonly", "no",
      ], in: folder)
    let result: Result<T, any Error>
    do { result = .success(try await listening(redis, body)) } catch { result = .failure(error) }
    server.stop()
    _ = await server.status()
    return try result.get()
  }

  private static func listening<T: Sendable>(
    _ redis: SecureRedis, _ body: @Sendable (SecureRedis) async throws -> T
  ) async throws -> T {
    let listens: Bool? = await eventually {
      guard
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .connect(host: "127.0.0.1", port: redis.port).get()
      else { return nil }
      try? await channel.close().get()
      return true
    }
    try #require(listens == true, "redis-server did not start")
    return try await body(redis)
  }

  private static func freePort() async throws -> Int {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(channel.localAddress?.port)
    try await channel.close().get()
    return port
  }
}

/// A running program. Waiting for its end does not block a thread.
private final class Command: Sendable {
  private let ended: AsyncStream<Int32>
  private let pid: Int32

  init(_ words: [String], in folder: URL) throws {
    let (ended, end) = AsyncStream<Int32>.makeStream()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.terminationHandler = {
      end.yield($0.terminationStatus)
      end.finish()
    }
    try process.run()
    self.ended = ended
    pid = process.processIdentifier
  }

  /// SIGTERM may be blocked in the program, because the thread that started it may have blocked it.
  func stop() { kill(pid, SIGKILL) }

  func status() async -> Int32? { await ended.first { _ in true } }
}
