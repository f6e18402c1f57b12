import Application
import Domain
import FoundationEssentials
import HTTPServing
import NIOCore
import NIOHTTP1
import TalkJSON

/// Handles the usual heartbeat: a known token, `seq` in the query or absent, and no body. It needs no task and no
/// router. Every other heartbeat takes the route, which gives the same response.
struct HeartbeatFastPath: FastPath {
  let route = "/sessions/:id/heartbeat"
  let beat: TakeHeartbeat
  let tokens: any AccessTokenVerifier

  func begin(_ head: HTTPRequestHead, answered: @escaping @Sendable (FastPathResponse) -> Void) -> Bool {
    guard head.method == .POST, let target = HeartbeatRequestTarget(head.uri),
      let token = head.headers.first(name: "authorization").flatMap(BearerToken.read),
      let claims = tokens.verifiedBefore(token)
    else { return false }
    let heartbeat = Heartbeat(
      session: target.session, user: claims.userID, device: claims.deviceID,
      issuedAt: claims.issuedAt.unixSeconds, seq: target.seq)
    beat.take(heartbeat) { result in
      do {
        answered(.json(HeartbeatResponse.body(try result.accepted())))
      } catch {
        answered(.failure(error))
      }
    }
    return true
  }
}

/// `/sessions/{id}/heartbeat`, with `?seq=` and a number from 0 to 2^53, or without it.
struct HeartbeatRequestTarget: Equatable {
  let session: SessionID
  let seq: Int64?

  private static let start = Array("/sessions/".utf8)
  private static let end = Array("/heartbeat".utf8)
  private static let query = Array("?seq=".utf8)

  init?(_ uri: String) {
    let bytes = uri.utf8
    let path = Self.start.count + SessionID.length + Self.end.count
    guard bytes.count >= path, bytes.starts(with: Self.start) else { return nil }
    let id = bytes.index(bytes.startIndex, offsetBy: Self.start.count)
    let afterID = bytes.index(id, offsetBy: SessionID.length)
    guard bytes[afterID...].starts(with: Self.end), let session = SessionID(String(uri[id..<afterID])) else {
      return nil
    }
    self.session = session
    let rest = bytes[bytes.index(afterID, offsetBy: Self.end.count)...]
    if rest.isEmpty {
      seq = nil
    } else if rest.starts(with: Self.query), let number = Self.number(rest.dropFirst(Self.query.count)) {
      seq = number
    } else {
      return nil
    }
  }

  private static func number(_ digits: Substring.UTF8View) -> Int64? {
    guard (1...15).contains(digits.count) else { return nil }
    var number: Int64 = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      number = number * 10 + Int64(digit - 0x30)
    }
    return number
  }
}
