import CCurl

/// The transfers in progress. Only the loop's thread uses it.
struct CurlTransferTable {
  private let multi: CurlMultiHandle
  private let configuration: HTTPTransportConfiguration
  private var running: [OpaquePointer: CurlTransferState] = [:]
  private var byToken: [UInt64: OpaquePointer] = [:]

  init(multi: CurlMultiHandle, configuration: HTTPTransportConfiguration) {
    self.multi = multi
    self.configuration = configuration
  }

  mutating func begin(_ transfer: CurlTransfer) {
    guard running.count < configuration.maximumRequests else { return transfer.completion(.failure(.overloaded)) }
    guard let raw = multi.raw, let easy = curl_easy_init() else { return transfer.completion(.failure(.overloaded)) }
    let state = CurlTransferState(transfer, handle: OpaquePointer(easy))
    prepare(easy, state)
    guard curl_multi_add_handle(raw, easy) == CURLM_OK else { return transfer.completion(.failure(.overloaded)) }
    running[OpaquePointer(easy)] = state
    byToken[transfer.token] = OpaquePointer(easy)
  }

  mutating func abort(_ token: UInt64, as error: TransportError) {
    guard let handle = byToken[token], let state = remove(handle) else { return }
    state.transfer.completion(.failure(error))
  }

  mutating func abortAll(as error: TransportError) {
    for token in Array(byToken.keys) { abort(token, as: error) }
  }

  /// Advances all transfers as far as possible without waiting.
  mutating func advance() {
    guard let raw = multi.raw else { return }
    var active: Int32 = 0
    curl_multi_perform(raw, &active)
    var left: Int32 = 0
    while let message = curl_multi_info_read(raw, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      let code = tt_curl_message_result(message)
      guard let state = running[OpaquePointer(easy)] else { continue }
      if code == CURLE_HTTP2, repeats(state, easy, raw) { continue }
      let result = outcome(of: state, easy, code)
      _ = remove(OpaquePointer(easy))
      state.transfer.completion(result)
    }
  }

  /// An HTTP/2 server that sends GOAWAY has not processed the streams after the last one that it names (RFC 9113, 6.8).
  /// libcurl 7.88 then reports error 16 and does not repeat the request. A request without effects is sent once more,
  /// on a new connection and within the same deadline. A request that may have an effect is not repeated, because error
  /// 16 has other causes too.
  private func repeats(_ state: CurlTransferState, _ easy: UnsafeMutableRawPointer, _ raw: UnsafeMutableRawPointer)
    -> Bool
  {
    let left = state.transfer.deadline - state.begun.duration(to: .now)
    guard !state.isRepeated, ["GET", "HEAD"].contains(state.transfer.request.method), left > .zero else { return false }
    curl_multi_remove_handle(raw, easy)
    state.beginAgain()
    _ = tt_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
    _ = tt_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, left.wholeMilliseconds))
    return curl_multi_add_handle(raw, easy) == CURLM_OK
  }

  private mutating func remove(_ handle: OpaquePointer) -> CurlTransferState? {
    guard let state = running.removeValue(forKey: handle) else { return nil }
    byToken[state.transfer.token] = nil
    if let raw = multi.raw { curl_multi_remove_handle(raw, UnsafeMutableRawPointer(handle)) }
    return state
  }

  private func outcome(
    of state: CurlTransferState, _ easy: UnsafeMutableRawPointer, _ code: CURLcode
  ) -> Result<HTTPClientResponse, TransportError> {
    if state.isTooLarge { return .failure(.tooLarge) }
    guard code == CURLE_OK else { return .failure(error(code, easy)) }
    var status = 0
    _ = tt_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return .success(HTTPClientResponse(status: status, headers: state.headers, body: state.received))
  }

  private func error(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) -> TransportError {
    // The bytes of the request that were sent. If there are any, the server may have acted on it.
    var sent = 0
    _ = tt_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &sent)
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: return .connect
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE:
      return .tls
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidRequest
    case CURLE_FILESIZE_EXCEEDED: return .tooLarge
    case CURLE_OPERATION_TIMEDOUT: return .timeout(sent: sent > 0)
    default: return sent > 0 ? .broken : .connect
    }
  }

  private func prepare(_ easy: UnsafeMutableRawPointer, _ state: CurlTransferState) {
    let request = state.transfer.request
    _ = tt_curl_set_string(easy, CURLOPT_URL, request.url)
    _ = tt_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = tt_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
    _ = tt_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // Without this, the end of a transfer waits for the thread that looks up its name, and all other transfers wait
    // with it.
    _ = tt_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    _ = tt_curl_set_long(easy, CURLOPT_TIMEOUT_MS, max(1, state.transfer.deadline.wholeMilliseconds))
    _ = tt_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
    _ = tt_curl_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    _ = tt_curl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "")
    _ = tt_curl_set_string(easy, CURLOPT_USERAGENT, configuration.userAgent)
    if let authorities = configuration.authorities { _ = tt_curl_set_string(easy, CURLOPT_CAINFO, authorities) }
    setMethod(easy, state)
    var list: UnsafeMutablePointer<curl_slist>?
    for header in request.headers + [(name: "Expect", value: "")] {
      // libcurl spells a header with an empty value "Name;". "Expect:" removes libcurl's own header.
      let line = header.value.isEmpty && header.name != "Expect" ? "\(header.name);" : "\(header.name): \(header.value)"
      list = curl_slist_append(list, line) ?? list
    }
    state.headerList = list
    _ = tt_curl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
    collect(easy, state)
  }

  private func setMethod(_ easy: UnsafeMutableRawPointer, _ state: CurlTransferState) {
    let method = state.transfer.request.method
    if state.transfer.request.body != nil || method == "POST" {
      _ = tt_curl_set_long(easy, CURLOPT_POST, 1)
      _ = tt_curl_set_large(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(state.body.count))
      _ = tt_curl_set_pointer(easy, CURLOPT_POSTFIELDS, state.body.baseAddress)
    }
    // libcurl repeats a request by itself if a kept connection turns out to be dead. A request that must not take
    // effect twice uses a new connection.
    if !["GET", "HEAD", "PUT", "DELETE"].contains(method) { _ = tt_curl_set_long(easy, CURLOPT_FRESH_CONNECT, 1) }
    if method == "HEAD" { _ = tt_curl_set_long(easy, CURLOPT_NOBODY, 1) }
    _ = tt_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, method)
  }

  private func collect(_ easy: UnsafeMutableRawPointer, _ state: CurlTransferState) {
    let context = Unmanaged.passUnretained(state).toOpaque()
    _ = tt_curl_set_sink(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let state = Unmanaged<CurlTransferState>.fromOpaque(context).takeUnretainedValue()
      return state.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    _ = tt_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    _ = tt_curl_set_sink(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let state = Unmanaged<CurlTransferState>.fromOpaque(context).takeUnretainedValue()
      state.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    _ = tt_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
