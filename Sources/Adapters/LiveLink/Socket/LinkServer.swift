import Domain
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import ServiceLifecycle
import Synchronization

/// Serves the links on their own port. At shutdown every client is informed that it may connect again elsewhere.
public final class LinkServer: Service {
  public let count = LinkCounter()
  private let service: LinkDependencies
  private let address: LinkServerAddress
  private let group: any EventLoopGroup
  private let isReady: @Sendable () async -> Bool
  private let logger: Logger
  private let leaving = Atomic(false)
  private let bound = Mutex<SocketAddress?>(nil)

  /// - Parameter isReady: whether this instance may receive links; the response of `/readyz` on this port.
  public init(
    _ service: LinkDependencies, address: LinkServerAddress, group: any EventLoopGroup, logger: Logger,
    isReady: @escaping @Sendable () async -> Bool
  ) {
    self.service = service
    self.address = address
    self.group = group
    self.logger = logger
    self.isReady = isReady
  }

  /// The address that it listens on; nil before that.
  public var localAddress: SocketAddress? { bound.withLock { $0 } }

  public func run() async throws {
    let loops = try await makeLoops()
    let listener = try await listen(loops)
    bound.withLock { $0 = listener.localAddress }
    logger.info("links are taken", metadata: ["port": "\(address.port)"])
    try? await gracefulShutdown()
    leaving.store(true, ordering: .releasing)
    try? await listener.close()
    for loop in loops { loop.run { $0.goAway() } }
    await untilEmpty(within: service.times.farewell + service.times.look * 2)
    for loop in loops { loop.end() }
  }

  private func untilEmpty(within limit: Duration) async {
    let end = ContinuousClock.now + limit
    while count.value > 0, ContinuousClock.now < end, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  private func makeLoops() async throws -> [LoopOfLinks] {
    var loops: [LoopOfLinks] = []
    for eventLoop in group.makeIterator() {
      loops.append(try await LoopOfLinks.make(on: eventLoop, count: count, every: service.times.look))
    }
    return loops
  }

  // MARK: connections

  private func listen(_ loops: [LoopOfLinks]) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1_024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      // The buffers of a silent link are kept small, because there may be ten thousand links.
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 1_024))
      .childChannelOption(.socketOption(.so_sndbuf), value: 32_768)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: 8_192, high: 16_384))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.configure(channel, loops) }
      }
      .bind(host: address.host, port: address.port).get()
  }

  private func configure(_ channel: any Channel, _ loops: [LoopOfLinks]) throws {
    // Closes a connection that is neither a link nor gone after this time, such as one that hangs in the middle of a
    // request.
    let patience = channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in patience.cancel() }
    // A refused request is handled by another handler, which does not receive the head again.
    let refused = NIOLoopBoundBox<HTTPRequestHead?>(nil, eventLoop: channel.eventLoop)
    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: LinkFrameLimits.longestMessage, enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, head in
        let isAdmitted = self.admission(head) == .admitted
        if !isAdmitted { refused.value = head }
        return channel.eventLoop.makeSucceededFuture(
          isAdmitted
            ? ["Sec-WebSocket-Protocol": LinkAdmission.subprotocol, "X-Request-Id": LinkHandshakeID.of(head)] : nil)
      },
      upgradePipelineHandler: { channel, head in
        channel.eventLoop.makeCompletedFuture {
          try self.open(channel, head, loops)
          patience.cancel()
        }
      })
    let configuration = NIOTypedHTTPServerUpgradeConfiguration(
      upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            LinkRefusalHandler(
              publicURL: self.address.publicURL, refused: refused.value, isReady: self.readiness,
              admission: self.admission))
        }
      })
    var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: configuration)
    pipeline.enablePipelining = false
    _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: pipeline)
  }

  private func open(_ channel: any Channel, _ head: HTTPRequestHead, _ loops: [LoopOfLinks]) throws {
    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
      throw ChannelError.ioOnClosedChannel
    }
    let session = LinkPath(head.uri).flatMap { SessionID(String($0.id)) }
    let handler = LinkHandler(service, session: session, loop: loop.links)
    try channel.pipeline.syncOperations.addHandler(handler)
    if leaving.load(ordering: .acquiring) { handler.goAway() }
  }

  private var readiness: @Sendable () async -> Bool {
    { [isReady] in
      if self.leaving.load(ordering: .acquiring) { return false }
      return await isReady()
    }
  }

  @Sendable private func admission(_ head: HTTPRequestHead) -> LinkAdmission {
    LinkAdmission(
      path: head.uri, isUpgrade: head.method == .GET && head.headers.contains(name: "Upgrade"),
      origins: head.headers["Origin"], subprotocols: head.headers["Sec-WebSocket-Protocol"], own: address.origin,
      isLeaving: leaving.load(ordering: .acquiring))
  }
}

/// Where links are served, and for pages of which origin.
public struct LinkServerAddress: Sendable {
  let host: String
  let port: Int
  let publicURL: String
  /// The only origin whose pages may open a link.
  let origin: String

  public init(host: String, port: Int, publicURL: String) {
    self.host = host
    self.port = port
    self.publicURL = publicURL
    // Scheme, host and port, without a path.
    origin = publicURL.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(
      separator: "/")
  }
}

/// An event loop with its links and the task that checks them.
private struct LoopOfLinks: Sendable {
  let eventLoop: any EventLoop
  private let bound: NIOLoopBound<LiveLinkRegistry>
  private let task: RepeatedTask

  static func make(on eventLoop: any EventLoop, count: LinkCounter, every look: Duration) async throws -> LoopOfLinks {
    try await eventLoop.submit {
      let bound = NIOLoopBound(LiveLinkRegistry(count: count), eventLoop: eventLoop)
      let task = eventLoop.scheduleRepeatedTask(initialDelay: TimeAmount(look), delay: TimeAmount(look)) { _ in
        bound.value.look(at: .now())
      }
      return LoopOfLinks(eventLoop: eventLoop, bound: bound, task: task)
    }.get()
  }

  /// On the event loop alone.
  var links: LiveLinkRegistry { bound.value }

  func run(_ body: @escaping @Sendable (LiveLinkRegistry) -> Void) { eventLoop.execute { body(bound.value) } }

  func end() {
    task.cancel()
    run { $0.drop() }
  }
}
