import Application
import Domain
import NIOCore
import NIOWebSocket
import TalkJSON

/// The channel handler of one link: passes frames to the state machine and performs its effects. All of it runs on the
/// channel's event loop.
final class LinkHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let service: LinkDependencies
  private let session: SessionID?
  private let loop: LiveLinkRegistry
  private var conversation: LiveLinkStateMachine
  private var pace = FrameRateLimit()
  private var message = LinkMessageAssembler()
  private var bearer: AccessTokenClaims?
  private var watch: Watch?
  private var context: ChannelHandlerContext?
  private var keepalive: LinkKeepalive

  /// The subscription of the current token. A later token gets a new subscription, and events of the earlier one are
  /// then ignored.
  private struct Watch {
    let number: Int
    let subscription: TalkSubscriptionID?
    let task: Task<Void, Never>
  }
  private var watches = 0
  private var joining: Task<Void, Never>?

  init(_ service: LinkDependencies, session: SessionID?, loop: LiveLinkRegistry) {
    self.service = service
    self.session = session
    self.loop = loop
    conversation = LiveLinkStateMachine(limits: service.limits)
    keepalive = LinkKeepalive(service.times, from: .now())
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    loop.add(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) { forget() }

  func channelInactive(context: ChannelHandlerContext) {
    forget()
    context.fireChannelInactive()
  }

  private func forget() {
    loop.remove(self)
    context = nil
    watch?.task.cancel()
    joining?.cancel()
    watch = nil
    joining = nil
    _ = conversation.close(.ended)
  }

  // MARK: frames in

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    keepalive.heard()
    if conversation.isClosed {
      if frame.opcode == .connectionClose { context.close(promise: nil) }
      return
    }
    let now = Double(NIODeadline.now().uptimeNanoseconds) / 1e6
    guard pace.allows(at: now, service.limits) else { return perform(conversation.close(.tooFast)) }
    guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
      return perform(conversation.close(.unreadable))
    }
    switch frame.opcode {
    case .text, .continuation, .binary: read(frame)
    case .ping: write(context, WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
    case .pong: break
    case .connectionClose: leave(context, frame)
    default: perform(conversation.close(.unreadable))
    }
  }

  private func read(_ frame: WebSocketFrame) {
    switch message.add(frame) {
    case .incomplete: break
    case .tooLong: perform(conversation.close(.tooLong))
    case .unreadable: perform(conversation.close(.unreadable))
    case .request(let request):
      perform(conversation.heard(request))
    }
  }

  /// Responds to the client's close frame with a close frame of the same code.
  private func leave(_ context: ChannelHandlerContext, _ frame: WebSocketFrame) {
    _ = conversation.close(.ended)
    var data = frame.unmaskedData
    let code = data.readSlice(length: min(2, data.readableBytes)) ?? ByteBuffer()
    write(context, WebSocketFrame(fin: true, opcode: .connectionClose, data: code))
    context.close(promise: nil)
  }

  /// After a decoding error, the rest of the input is read and discarded, so that the close frame can be delivered.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else { return context.close(promise: nil) }
    perform(conversation.close(error == .invalidFrameLength ? .tooLong : .unreadable))
    do {
      try context.pipeline.syncOperations.addHandler(Discard(), position: .first)
    } catch {
      context.close(promise: nil)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    // The peer leaves more unread than a client that reads at all.
    if !context.channel.isWritable { context.close(promise: nil) }
    context.fireChannelWritabilityChanged()
  }

  // MARK: effects out

  private func perform(_ effect: LinkEffect?) {
    guard let effect, let context else { return }
    switch effect {
    case .beat(let seq): beat(seq, context)
    case .say(let answer):
      if conversation.isWaiting { keepalive.waitAgain(from: .now()) }
      say(answer, context)
    case .join(let token): join(token, context)
    case .end: end(context)
    case .close(let close, let word):
      if let word { say(word, context) }
      bidFarewell(close, context)
    }
  }

  private func say(_ answer: LinkServerMessage, _ context: ChannelHandlerContext) {
    var data = context.channel.allocator.buffer(capacity: 256)
    // With room before the text, the frame's header is written there and not into a buffer of its own.
    data.moveWriterIndex(forwardBy: Self.mostHeader)
    data.moveReaderIndex(forwardBy: Self.mostHeader)
    data.write(answer, interval: service.interval)
    write(context, WebSocketFrame(fin: true, opcode: .text, data: data))
  }

  /// The most bytes of the header of an unmasked frame (RFC 6455, section 5.2).
  private static let mostHeader = 10

  private func bidFarewell(_ close: LinkClose, _ context: ChannelHandlerContext) {
    watch?.task.cancel()
    joining?.cancel()
    var data = context.channel.allocator.buffer(capacity: 2 + close.reason.utf8.count)
    data.writeInteger(close.code)
    data.writeString(close.reason)
    write(context, WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    keepalive.bidFarewell(at: .now())
  }

  private func write(_ context: ChannelHandlerContext, _ frame: WebSocketFrame) {
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }

  private func beat(_ seq: Int64?, _ context: ChannelHandlerContext) {
    guard let bearer, let session else { return perform(conversation.close(.badToken)) }
    let beat = Heartbeat(
      session: session, user: bearer.userID, device: bearer.deviceID,
      issuedAt: bearer.issuedAt.unixSeconds, seq: seq)
    let here = here(context)
    service.beat.take(beat) { result in here.run { $0.perform($0.conversation.answered(result)) } }
  }

  private func end(_ context: ChannelHandlerContext) {
    guard let bearer, let session else { return perform(conversation.close(.badToken)) }
    let (here, end, user) = (here(context), service.end, bearer.userID)
    Task {
      let result: Result<EndedTalk, EndTalkError>
      do throws(EndTalkError) { result = .success(try await end(session, by: user)) } catch { result = .failure(error) }
      here.run { $0.perform($0.conversation.ended(result)) }
    }
  }

  private func join(_ token: String, _ context: ChannelHandlerContext) {
    let (here, join, session, instead) = (here(context), service.join, session, watch?.subscription)
    watches += 1
    let number = watches
    joining?.cancel()
    joining = Task {
      do throws(SubscribeToTalkError) {
        let joined = try await join(session, token: token, instead: instead)
        here.run { $0.joined(joined, number) }
      } catch {
        here.run { if $0.watches == number { $0.perform($0.conversation.refused(error)) } }
      }
    }
  }

  /// A task keeps the largest stack that it ever needed, and joining needs ten times as much as listening. So the
  /// long-lived listening runs in a second task.
  private func joined(_ joined: SubscribedTalk, _ number: Int) {
    guard number == watches, let context else { return }
    bearer = joined.claims
    joining = nil
    watch?.task.cancel()
    let (here, stream) = (here(context), joined.stream)
    let listening = Task {
      var isFirst = true
      for await event in stream {
        let first = isFirst
        isFirst = false
        here.run { $0.noticed(event, number, isFirst: first) }
      }
    }
    watch = Watch(number: number, subscription: stream.subscription, task: listening)
  }

  private func noticed(_ event: TalkSubscriptionEvent, _ number: Int, isFirst: Bool) {
    guard watch?.number == number else { return }
    perform(conversation.noticed(event, isFirst: isFirst))
    while let request = conversation.nextEarly() { perform(conversation.heard(request)) }
  }

  private func here(_ context: ChannelHandlerContext) -> Here { Here(self, context.eventLoop) }

  // MARK: the loop's check

  func look(at now: NIODeadline) {
    guard let context else { return }
    switch keepalive.look(at: now, isWaiting: conversation.isWaiting, isClosed: conversation.isClosed) {
    case .nothing: break
    case .ping: write(context, WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
    case .gone: context.close(promise: nil)
    case .silent: perform(conversation.close(.silent))
    }
    if let bearer, !conversation.isClosed, bearer.isExpired(at: service.clock.now()) {
      perform(conversation.close(.expiredToken))
    }
  }

  func goAway() { perform(conversation.close(.leaving)) }

  func drop() { context?.close(promise: nil) }

  /// Reaches the handler from any thread: immediately on its event loop, otherwise by a task on that loop.
  private struct Here: Sendable {
    private let handler: NIOLoopBound<LinkHandler>
    private let eventLoop: any EventLoop

    init(_ handler: LinkHandler, _ eventLoop: any EventLoop) {
      self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
      self.eventLoop = eventLoop
    }

    func run(_ body: @escaping @Sendable (LinkHandler) -> Void) {
      if eventLoop.inEventLoop { body(handler.value) } else { eventLoop.execute { body(handler.value) } }
    }
  }
}

/// Reads and discards all input.
private final class Discard: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
