import Crypto

/// A Lua script. It is called by its SHA-1, and loaded if the server does not know it.
public struct RedisScript: Sendable {
  public let name: String
  public let sha1: String
  public let source: [UInt8]
  /// `EVALSHA` and the script's SHA-1, as each call begins.
  private let callHead: [UInt8]

  public init(name: String, source: [UInt8]) {
    self.name = name
    self.source = source
    // The name that Redis gives the script. The hash has no security purpose.
    sha1 = Insecure.SHA1.hash(data: source).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    callHead = RedisCommand.wireForm("EVALSHA", RedisArgument(sha1))
  }

  func call(_ keys: [RedisArgument], _ arguments: [RedisArgument]) -> RedisCommand {
    RedisCommand(head: callHead, keys: keys, arguments: arguments)
  }

  /// Carries the text, so that it runs on a server that does not know the script.
  public func callWithText(_ keys: [RedisArgument], _ arguments: [RedisArgument]) -> RedisCommand {
    RedisCommand(["EVAL", RedisArgument(source), RedisArgument(keys.count)] + keys + arguments)
  }
}
