import CCurl

/// A request in the transfer loop.
struct CurlTransfer: Sendable {
  let token: UInt64
  let request: HTTPClientRequest
  let deadline: Duration
  let maximumBytes: Int
  let completion: @Sendable (Result<HTTPClientResponse, TransportError>) -> Void
}

/// The state that libcurl's callbacks fill. Only the loop's thread uses it, within `curl_multi_perform`.
final class CurlTransferState {
  let transfer: CurlTransfer
  let handle: OpaquePointer
  var headerList: UnsafeMutablePointer<curl_slist>?
  /// The address stays valid while the transfer runs: libcurl reads the body from here.
  let body: UnsafeMutableBufferPointer<CChar>
  var headers: [(name: String, value: String)] = []
  var received: [UInt8] = []
  var isTooLarge = false
  let begun = ContinuousClock.now
  private(set) var isRepeated = false

  init(_ transfer: CurlTransfer, handle: OpaquePointer) {
    self.transfer = transfer
    self.handle = handle
    let bytes = transfer.request.body ?? []
    body = .allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { body[index] = CChar(bitPattern: byte) }
  }

  deinit {
    curl_slist_free_all(headerList)
    curl_easy_cleanup(UnsafeMutableRawPointer(handle))
    body.deallocate()
  }

  /// Discards what was received so far.
  func beginAgain() {
    isRepeated = true
    headers = []
    received = []
    isTooLarge = false
  }

  /// Returning false stops the transfer.
  func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard received.count + bytes.count <= transfer.maximumBytes else {
      isTooLarge = true
      return false
    }
    received.append(contentsOf: bytes)
    return true
  }

  func takeHeader(_ line: UnsafeRawBufferPointer) {
    let text = String(decoding: line, as: UTF8.self)
    // A status line starts a new block of headers. The block before it belonged to a 1xx or a proxy's response.
    if text.hasPrefix("HTTP/") { return headers.removeAll() }
    guard let colon = text.firstIndex(of: ":") else { return }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    headers.append(
      (name: String(text[..<colon]), value: String(value.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })))
  }
}
