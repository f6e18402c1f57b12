import Crypto

/// A Lua script. It is called by its SHA-1, and loaded if the server does not know it.
public struct RedisScript: Sendable {
  public let name: String
  public let sha1: String
  public let source: [UInt8]
  let shaWord: [UInt8]

  public init(name: String, source: [UInt8]) {
    self.name = name
    self.source = source
    // The name that Redis gives the script. The hash has no security purpose.
    sha1 = Insecure.SHA1.hash(data: source).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    shaWord = Array(sha1.utf8)
  }

  func call(_ keys: [String], _ arguments: [RedisArgument]) -> RedisCommand {
    command("EVALSHA", RedisArgument(shaWord), keys, arguments)
  }

  /// Carries the text, so that it runs on a server that does not know the script.
  public func callWithText(_ keys: [String], _ arguments: [RedisArgument]) -> RedisCommand {
    command("EVAL", RedisArgument(source), keys, arguments)
  }

  private func command(
    _ verb: RedisArgument, _ script: RedisArgument, _ keys: [String], _ arguments: [RedisArgument]
  ) -> RedisCommand {
    RedisCommand([verb, script, RedisArgument(keys.count)] + keys.map { RedisArgument($0) } + arguments)
  }
}
