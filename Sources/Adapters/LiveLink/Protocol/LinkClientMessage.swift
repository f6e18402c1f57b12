import FoundationEssentials

/// A message from the client, sent in one text frame.
enum LinkClientMessage: Equatable, Sendable {
  case authenticate(accessToken: String)
  /// Without a number, every beat counts as new.
  case heartbeat(seq: Int64?)
  case end

  /// - Returns: nil for a text that cannot be read.
  init?(_ text: UnsafeRawBufferPointer) {
    guard let members = FastClientMessageParser(text).map(Members.init) ?? Members(anyJSON: text) else { return nil }
    switch members.type {
    case "authenticate":
      guard let token = members.accessToken else { return nil }
      self = .authenticate(accessToken: token)
    case "heartbeat":
      // Redis computes with doubles, which are not exact beyond this.
      if let seq = members.seq, !(0...(1 << 53)).contains(seq) { return nil }
      self = .heartbeat(seq: members.seq)
    case "end": self = .end
    default: return nil
    }
  }

  private struct Members: Decodable {
    let type: String
    let accessToken: String?
    let seq: Int64?

    enum CodingKeys: String, CodingKey { case type, accessToken = "access_token", seq }

    init(_ object: FastClientMessageParser) {
      type = object.type ?? ""
      accessToken = object.accessToken
      seq = object.seq
    }

    init?(anyJSON text: UnsafeRawBufferPointer) {
      guard let read = try? JSONDecoder().decode(Members.self, from: Data(text)) else { return nil }
      self = read
    }
  }
}
