import CCurl
import Logging
import Synchronization

/// An HTTP client: libcurl's multi interface on its own thread, so that neither an event loop nor a thread of Swift's
/// cooperative pool ever waits for a server. Connections are kept and shared; HTTP/2 is used where a server offers it.
public final class HTTPTransport: Sendable {
  private let loop: CurlTransferLoop
  private let tokens = Atomic<UInt64>(1)

  public init(configuration: HTTPTransportConfiguration = HTTPTransportConfiguration(), logger: Logger) {
    loop = CurlTransferLoop(configuration, logger)
    loop.start()
  }

  deinit { loop.close() }

  /// - Parameters:
  ///   - deadline: for the whole transfer, from the name lookup to the last byte.
  ///   - maximumBytes: the limit of the response's body; a longer one is `tooLarge`.
  public func send(
    _ request: HTTPClientRequest, deadline: Duration, maximumBytes: Int = 1 << 20
  ) async throws(TransportError) -> HTTPClientResponse {
    guard request.isWellFormed else { throw .invalidRequest }
    if Task.isCancelled { throw .cancelled }
    let token = tokens.wrappingAdd(1, ordering: .relaxed).oldValue
    let loop = loop
    let result: Result<HTTPClientResponse, TransportError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.submit(
          CurlTransfer(
            token: token, request: request, deadline: deadline, maximumBytes: maximumBytes,
            completion: { continuation.resume(returning: $0) }))
      }
    } onCancel: {
      loop.cancel(token)
    }
    return try result.get()
  }

  /// Fails the requests in progress and stops the thread.
  public func close() { loop.close() }
}

extension HTTPClientRequest {
  /// Whether the request contains nothing that libcurl would take for another protocol or for an additional header.
  var isWellFormed: Bool {
    let scheme = url.prefix(8).lowercased()
    guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://"), !url.utf8.contains(where: { $0 <= 0x20 }) else {
      return false
    }
    guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return false }
    return headers.allSatisfy { header in
      !header.name.isEmpty && !header.name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x3A || $0 >= 0x7F })
        && !header.value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
    }
  }
}
