import Hummingbird
import NIOCore
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import ServiceLifecycle

/// Middleware in front of a provider's routes: records each request, and applies the active fault.
struct ImitatedAPI: RouterMiddleware {
  let provider: Provider
  let log: RequestLog
  let faults: FaultBoard

  func handle(
    _ request: Request, context: SandboxContext,
    next: (Request, SandboxContext) async throws -> Response
  ) async throws -> Response {
    var request = request
    let body = Array(buffer: try await request.collectBody(upTo: 16 << 20))
    let path = String(request.uri.path.dropFirst(provider.rawValue.count + 1))
    let fault = await faults.take(provider, method: request.method.rawValue, path: path, body: body)
    let number = await log.append(
      provider, method: request.method.rawValue, path: path, query: request.uri.query,
      headers: request.headers.flat, body: body, fault: fault?.kind.rawValue)
    let response = try await answer(request, context: context, fault: fault, next: next)
    await log.answered(provider, number: number, status: response.status.code)
    return response
  }

  private func answer(
    _ request: Request, context: SandboxContext, fault: Fault?,
    next: (Request, SandboxContext) async throws -> Response
  ) async throws -> Response {
    guard let fault else { return try await attempt(request, context, next) }
    if fault.kind == .latency {
      try await pause(fault.delay)
      return try await attempt(request, context, next)
    }
    if fault.afterEffect { _ = try await attempt(request, context, next) }
    return try await misbehave(fault, context: context)
  }

  /// Turns errors into responses here, so that the log has their status.
  private func attempt(
    _ request: Request, _ context: SandboxContext,
    _ next: (Request, SandboxContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as any HTTPResponseError {
      return try error.response(from: request, context: context)
    }
  }

  private func misbehave(_ fault: Fault, context: SandboxContext) async throws -> Response {
    switch fault.kind {
    case .status, .latency:
      var headers: HTTPFields = [:]
      if let seconds = fault.retryAfter { headers[.retryAfter] = String(seconds) }
      return .json(
        provider.errorBody(status: fault.status, retryAfter: fault.retryAfter),
        status: .init(code: fault.status), headers: headers)
    case .malformed:
      return .bytes(Array(#"{"id":"cut off in the mid"#.utf8), type: "application/json")
    case .timeout:
      try await pause(fault.delay)
      try await context.channel.close()
      throw ChannelError.ioOnClosedChannel
    case .reset:
      // With a linger time of zero the kernel sends RST instead of FIN.
      try await (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
      try await context.channel.close()
      throw ChannelError.ioOnClosedChannel
    }
  }

  private func pause(_ delay: Duration) async throws {
    try await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
  }
}

extension HTTPFields {
  /// The fields by lower-case names; the values of a repeated field are joined by commas.
  var flat: [String: JSON] {
    reduce(into: [:]) { fields, field in
      let name = field.name.canonicalName
      fields[name] = .string(fields[name]?.string.map { $0 + ", " + field.value } ?? field.value)
    }
  }
}
