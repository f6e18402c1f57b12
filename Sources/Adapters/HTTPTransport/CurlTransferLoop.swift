import CCurl
import Foundation
import Logging
import OpenSSLSetup
import Synchronization

/// The thread that owns libcurl's multi handle. Other threads reach it through a locked list and a wake-up.
final class CurlTransferLoop: Sendable {
  private struct Shared {
    var arriving: [CurlTransfer] = []
    var cancelled: [UInt64] = []
    var isClosed = false
    var isRunning = false
  }

  private let shared = Mutex(Shared())
  private let configuration: HTTPTransportConfiguration
  private let logger: Logger
  private let multi: CurlMultiHandle

  init(_ configuration: HTTPTransportConfiguration, _ logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    if !OpenSSLSetup.withoutCleanupAtExit { logger.warning("OpenSSL frees its state at exit") }
    multi = CurlMultiHandle(connectionsPerHost: configuration.connectionsPerHost)
  }

  func start() {
    shared.withLock { $0.isRunning = true }
    let thread = Thread { [self] in run() }
    thread.name = "talktime.http"
    thread.start()
  }

  func submit(_ transfer: CurlTransfer) {
    let refused: TransportError? = shared.withLock { shared in
      if shared.isClosed { return .closed }
      if shared.arriving.count >= configuration.maximumRequests { return .overloaded }
      shared.arriving.append(transfer)
      return nil
    }
    if let refused { transfer.completion(.failure(refused)) } else { multi.wakeUp() }
  }

  func cancel(_ token: UInt64) {
    shared.withLock { $0.cancelled.append(token) }
    multi.wakeUp()
  }

  func close() {
    shared.withLock { $0.isClosed = true }
    multi.wakeUp()
  }

  private func run() {
    var table = CurlTransferTable(multi: multi, configuration: configuration)
    while true {
      let work = shared.withLock { shared in
        defer { (shared.arriving, shared.cancelled) = ([], []) }
        return (arriving: shared.arriving, cancelled: shared.cancelled, isClosed: shared.isClosed)
      }
      for transfer in work.arriving { table.begin(transfer) }
      for token in work.cancelled { table.abort(token, as: .cancelled) }
      if work.isClosed { break }
      table.advance()
      multi.wait(milliseconds: 1_000)
    }
    table.abortAll(as: .closed)
    // No transfer can be submitted any more. The handle stays valid for a late wake-up until the last reference is
    // gone.
    for transfer in shared.withLock({ $0.arriving }) { transfer.completion(.failure(.closed)) }
  }
}

/// libcurl's multi handle. `@unchecked` is sound: the pointer never changes, and `curl_multi_wakeup` is documented as
/// safe from any thread. Only the loop's thread calls the other functions. The handle is freed with the last reference,
/// so it cannot be used afterwards.
final class CurlMultiHandle: @unchecked Sendable {
  let pointer: OpaquePointer?

  init(connectionsPerHost: Int) {
    // The result is not checked: a second initialization does nothing, and a failed one shows in the next call.
    curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    pointer = curl_multi_init().map { OpaquePointer($0) }
    if let raw {
      _ = tt_curl_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
      _ = tt_curl_multi_set_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }
  }

  deinit { if let raw { curl_multi_cleanup(raw) } }

  var raw: UnsafeMutableRawPointer? { pointer.map { UnsafeMutableRawPointer($0) } }

  func wakeUp() { if let raw { curl_multi_wakeup(raw) } }

  func wait(milliseconds: Int32) {
    var ready: Int32 = 0
    if let raw { curl_multi_poll(raw, nil, 0, milliseconds, &ready) }
  }
}
