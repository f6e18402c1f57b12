import CHiredis

/// hiredis's incremental reader. After an error the reader is discarded with its connection and never used again.
final class RedisReplyReader {
  private let reader: UnsafeMutablePointer<redisReader>

  init?() {
    guard let reader = redisReaderCreate() else { return nil }
    self.reader = reader
  }

  deinit { redisReaderFree(reader) }

  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
  }

  /// The next complete reply; nil while it is incomplete.
  func next() throws(RedisError) -> RedisValue? {
    var reply: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw .protocolViolation }
    guard let reply else { return nil }
    defer { freeReplyObject(reply) }
    return Self.value(reply.assumingMemoryBound(to: redisReply.self))
  }

  private static func value(_ reply: UnsafeMutablePointer<redisReply>) -> RedisValue {
    switch reply.pointee.type {
    case REDIS_REPLY_INTEGER: .integer(reply.pointee.integer)
    case REDIS_REPLY_STRING: .bulk(bytes(reply))
    case REDIS_REPLY_STATUS: .simple(bytes(reply))
    case REDIS_REPLY_ERROR: .error(String(decoding: bytes(reply), as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      .array(
        (0..<reply.pointee.elements).map { index in
          guard let element = reply.pointee.element[index] else { return .null }
          return value(element)
        })
    default: .null
    }
  }

  private static func bytes(_ reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)))
  }
}
