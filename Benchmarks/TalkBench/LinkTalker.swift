import NIOCore

/// One talk on a live link, with as little work per beat as possible: frames are read and written by hand (RFC 6455,
/// section 5.2), masked with a key of zeros.
final class LinkTalker: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  struct Go {}

  struct Refused: Error, CustomStringConvertible {
    let answer: String
    var description: String { "the link said: \(answer)" }
  }

  private enum Phase { case upgrading, authenticating, open }

  private let talk: Talkers.Talk
  private let host: String
  private let interval: TimeAmount?
  private let ready: EventLoopPromise<Void>
  private let tally: LinkTally
  private var phase = Phase.upgrading
  private var received = ByteBuffer()
  private var sentAt = NIODeadline.now()

  init(_ talk: Talkers.Talk, host: String, every interval: TimeAmount?, ready: EventLoopPromise<Void>, tally: LinkTally)
  {
    self.talk = talk
    self.host = host
    self.interval = interval
    self.ready = ready
    self.tally = tally
  }

  func channelActive(context: ChannelHandlerContext) {
    let request = """
      GET /sessions/\(talk.session)/link HTTP/1.1\r
      Host: \(host)\r
      Connection: Upgrade\r
      Upgrade: websocket\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Protocol: talktime.v1\r
      \r

      """
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    if phase == .upgrading { upgraded(context) }
    while phase != .upgrading, let frame = nextFrame() { heard(frame, context) }
    received.discardReadBytes()
  }

  func channelInactive(context: ChannelHandlerContext) {
    tally.failed()
    ready.fail(Refused(answer: "closed while \(phase)"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is Go, interval == nil { beat(context) }
  }

  private func upgraded(_ context: ChannelHandlerContext) {
    let view = received.readableBytesView
    guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    let head = received.readString(length: view.distance(from: view.startIndex, to: end.upperBound)) ?? ""
    guard head.hasPrefix("HTTP/1.1 101") else {
      ready.fail(Refused(answer: head))
      return context.close(promise: nil)
    }
    phase = .authenticating
    send(#"{"type":"authenticate","access_token":"\#(talk.token)"}"#, 0x1, context)
  }

  private func nextFrame() -> (opcode: UInt8, payload: ByteBuffer)? {
    let start = received.readerIndex
    guard let first: UInt8 = received.readInteger(), let second: UInt8 = received.readInteger() else {
      received.moveReaderIndex(to: start)
      return nil
    }
    let length = second == 126 ? received.readInteger(as: UInt16.self).map(Int.init) : Int(second)
    guard let length, let payload = received.readSlice(length: length) else {
      received.moveReaderIndex(to: start)
      return nil
    }
    return (first & 0x0F, payload)
  }

  private func heard(_ frame: (opcode: UInt8, payload: ByteBuffer), _ context: ChannelHandlerContext) {
    switch frame.opcode {
    case 0x1 where frame.payload.starts(with: #"{"type":"heartbeat""#): answered(context)
    case 0x1 where frame.payload.starts(with: #"{"type":"ready""#):
      phase = .open
      ready.succeed()
      if interval != nil { beat(context) }
    case 0x8: tally.failed()
    case 0x9: send(String(buffer: frame.payload), 0xA, context)
    case 0xA: break
    default:
      tally.failed()
      ready.fail(Refused(answer: String(buffer: frame.payload)))
    }
  }

  private func answered(_ context: ChannelHandlerContext) {
    tally.answered(after: .now() - sentAt)
    guard let interval else {
      if tally.isRunning { beat(context) }
      return
    }
    context.eventLoop.assumeIsolated().scheduleTask(in: interval) { self.beat(context) }
  }

  private func beat(_ context: ChannelHandlerContext) {
    guard context.channel.isActive else { return }
    sentAt = .now()
    send("{\"type\":\"heartbeat\",\"seq\":\(tally.next())}", 0x1, context)
  }

  private func send(_ text: String, _ opcode: UInt8, _ context: ChannelHandlerContext) {
    let length = text.utf8.count
    var frame = context.channel.allocator.buffer(capacity: length + 8)
    frame.writeInteger(0x80 | opcode)
    if length < 126 {
      frame.writeInteger(0x80 | UInt8(length))
    } else {
      frame.writeInteger(UInt8(0x80 | 126))
      frame.writeInteger(UInt16(length))
    }
    frame.writeInteger(UInt32(0))
    frame.writeString(text)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }
}

extension ByteBuffer {
  fileprivate func starts(with text: StaticString) -> Bool {
    text.withUTF8Buffer { readableBytesView.starts(with: $0) }
  }
}
