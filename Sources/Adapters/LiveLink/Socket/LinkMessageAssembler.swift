import NIOCore
import NIOWebSocket

/// Assembles the frames of one message, up to the limit of a message.
struct LinkMessageAssembler {
  enum Reading: Equatable {
    case incomplete
    case request(LinkClientMessage)
    case tooLong
    case unreadable
  }

  /// Nil between messages.
  private var begun: [UInt8]?

  mutating func add(_ frame: WebSocketFrame) -> Reading {
    // Only the first frame of a message has its type, and a message cannot begin inside another.
    guard frame.opcode == (begun == nil ? .text : .continuation) else { return .unreadable }
    if begun == nil, frame.fin { return Self.whole(frame) }
    guard (begun?.count ?? 0) + frame.data.readableBytes <= LinkFrameLimits.longestMessage else { return .tooLong }
    var text = begun ?? []
    text += frame.unmaskedData.readableBytesView
    begun = frame.fin ? nil : text
    return frame.fin ? text.withUnsafeBytes { Self.read($0) } : .incomplete
  }

  /// The data is unmasked into a copy on the stack: the buffer belongs to the socket and is used again.
  private static func whole(_ frame: WebSocketFrame) -> Reading {
    let key = frame.maskKey.map { ($0[0], $0[1], $0[2], $0[3]) } ?? (0, 0, 0, 0)
    return frame.data.withUnsafeReadableBytes { masked in
      withUnsafeTemporaryAllocation(byteCount: masked.count, alignment: 1) { text in
        for place in masked.indices {
          let mask =
            switch place & 3 {
            case 0: key.0
            case 1: key.1
            case 2: key.2
            default: key.3
            }
          text[place] = masked[place] ^ mask
        }
        return read(UnsafeRawBufferPointer(text))
      }
    }
  }

  private static func read(_ text: UnsafeRawBufferPointer) -> Reading {
    LinkClientMessage(text).map { .request($0) } ?? .unreadable
  }
}
