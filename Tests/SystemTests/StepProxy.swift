import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A proxy in front of a store that stops at a given step: from there on, the service's requests or the store's
/// responses are held back. A process that is killed then was killed at exactly that step.
final class StepProxy: Sendable {
  enum Side: Sendable {
    /// The store does not receive the request.
    case before
    /// The store has performed the request, but the response is held back.
    case after
  }

  fileprivate struct Step: Sendable {
    let text: [UInt8]
    let side: Side
    /// Whether another connection that reaches the same step passes.
    let once: Bool
  }

  fileprivate struct State {
    var step: Step?
    var ways: [Way] = []
    var reached = 0
    var abandoned = 0
  }

  private let state = Mutex(State())
  private let opened = Mutex<(any Channel)?>(nil)

  /// - Parameter url: the store's own address.
  /// - Returns: the proxy, and the store's address through it.
  static func to(_ url: String) async throws -> (proxy: StepProxy, url: String) {
    guard var parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
      throw URLError(.badURL)
    }
    let proxy = StepProxy()
    parts.port = try await proxy.open(host, port)
    return (proxy, parts.string ?? "")
  }

  private func open(_ host: String, _ port: Int) async throws -> Int? {
    let door = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { [self] service in
        let way = Way(service)
        state.withLock { $0.ways.append(way) }
        return service.eventLoop.makeCompletedFuture {
          try service.pipeline.syncOperations.addHandler(FromService(way: way, proxy: self, host: host, port: port))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    opened.withLock { $0 = door }
    return door.localAddress?.port
  }

  /// Stops at the first request that contains this text.
  func stop(at text: String, _ side: Side = .before, once: Bool = false) {
    // Never a way's lock within the proxy's: a way asks the proxy about its bytes within its own.
    for way in state.withLock({ $0.ways }) { way.forget() }
    state.withLock { state in
      state.step = Step(text: Array(text.utf8), side: side, once: once)
      state.reached = 0
    }
  }

  func reached() async throws {
    _ = try await eventually("the step is reached") { state.withLock { $0.reached } > 0 ? true : nil }
  }

  /// How many connections the service has closed while they were stopped.
  var abandoned: Int { state.withLock { $0.abandoned } }

  fileprivate func note(abandoned way: Way) {
    if way.isStopped { state.withLock { $0.abandoned += 1 } }
  }

  /// Passes on the held-back bytes.
  func release() {
    for way in state.withLock({ $0.ways }) { way.goOn() }
  }

  func close() {
    opened.withLock { $0 }?.close(promise: nil)
    for way in state.withLock({ $0.ways }) { way.close() }
  }

  fileprivate func look(at bytes: [UInt8]) -> Side? {
    state.withLock { state in
      guard let step = state.step, bytes.firstRange(of: step.text) != nil else { return nil }
      state.reached += 1
      if step.once { state.step = nil }
      return step.side
    }
  }
}

/// A connection of the service, and the proxy's connection to the store for it.
private final class Way: Sendable {
  private struct State {
    var store: (any Channel)?
    var toStore: [ByteBuffer] = []
    var toService: [ByteBuffer] = []
    var stopped: StepProxy.Side?
    /// The end of the earlier bytes, because a request may arrive in pieces.
    var tail: [UInt8] = []
  }

  private static let longestText = 200
  private let service: any Channel
  private let state = Mutex(State())

  init(_ service: any Channel) { self.service = service }

  func connected(_ store: any Channel) {
    state.withLock {
      $0.store = store
      flush(&$0)
    }
  }

  func send(_ buffer: ByteBuffer, _ look: ([UInt8]) -> StepProxy.Side?) {
    state.withLock { state in
      let seen = state.tail + Array(buffer.readableBytesView)
      state.tail = Array(seen.suffix(Self.longestText))
      state.toStore.append(buffer)
      if state.stopped == nil, let side = look(seen) {
        state.stopped = side
        state.tail = []
        if side == .after { flushToStore(&state) }
      }
      flush(&state)
    }
  }

  func answer(_ buffer: ByteBuffer) {
    state.withLock {
      $0.toService.append(buffer)
      flush(&$0)
    }
  }

  var isStopped: Bool { state.withLock { $0.stopped != nil } }

  /// Bytes from before the step was named do not count.
  func forget() { state.withLock { $0.tail = [] } }

  func goOn() {
    state.withLock {
      $0.stopped = nil
      flush(&$0)
    }
  }

  func close() {
    service.close(promise: nil)
    state.withLock { $0.store }?.close(promise: nil)
  }

  private func flush(_ state: inout State) {
    if state.stopped != .before { flushToStore(&state) }
    guard state.stopped == nil else { return }
    for buffer in state.toService { service.writeAndFlush(buffer, promise: nil) }
    state.toService = []
  }

  private func flushToStore(_ state: inout State) {
    guard let store = state.store else { return }
    for buffer in state.toStore { store.writeAndFlush(buffer, promise: nil) }
    state.toStore = []
  }
}

private final class FromService: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let way: Way
  private let proxy: StepProxy
  private let host: String
  private let port: Int

  init(way: Way, proxy: StepProxy, host: String, port: Int) {
    self.way = way
    self.proxy = proxy
    self.host = host
    self.port = port
  }

  func channelActive(context: ChannelHandlerContext) {
    let way = way
    ClientBootstrap(group: context.eventLoop)
      .channelInitializer { store in
        store.eventLoop.makeCompletedFuture { try store.pipeline.syncOperations.addHandler(FromStore(way: way)) }
      }
      .connect(host: host, port: port).whenComplete { result in
        switch result {
        case .success(let store): way.connected(store)
        case .failure: way.close()
        }
      }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    way.send(unwrapInboundIn(data)) { proxy.look(at: $0) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    proxy.note(abandoned: way)
    way.close()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { way.close() }
}

private final class FromStore: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let way: Way

  init(way: Way) { self.way = way }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { way.answer(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { way.close() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { way.close() }
}
