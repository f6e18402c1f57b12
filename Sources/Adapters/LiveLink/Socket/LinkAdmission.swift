/// Whether a request may become a link. The decision uses only the request's head, before there is a socket.
enum LinkAdmission: Equatable {
  case admitted
  case refused(LinkRefusal)

  static let subprotocol = "talktime.v1"

  /// - Parameters:
  ///   - origins: the page's origins, as the browser sends them; empty if the client is not a browser.
  ///   - subprotocols: the values of `Sec-WebSocket-Protocol`.
  init(path: String, isUpgrade: Bool, origins: [String], subprotocols: [String], own: String, isLeaving: Bool) {
    if LinkPath(path) == nil {
      self = .refused(.notFound)
    } else if origins.contains(where: { !$0.utf8.elementsEqual(own.utf8) }) {
      self = .refused(.foreignOrigin)
    } else if !isUpgrade {
      self = .refused(.noUpgrade)
    } else if isLeaving {
      self = .refused(.leaving)
    } else {
      self = subprotocols.contains(where: Self.offersOurs) ? .admitted : .refused(.otherSubprotocol)
    }
  }

  private static func offersOurs(_ list: String) -> Bool {
    list.split(separator: ",").contains { name in name.filter { $0 != " " && $0 != "\t" } == subprotocol }
  }
}

/// The path `/sessions/{id}/link`.
struct LinkPath: Equatable {
  let id: Substring

  init?(_ target: String) {
    let path = target.prefix { $0 != "?" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].isEmpty, parts[1] == "sessions", parts[3] == "link" else { return nil }
    id = parts[2]
  }
}

/// Why a request gets no socket, with the codes of a problem document.
struct LinkRefusal: Equatable {
  let status: UInt
  let code: String
  let title: String
  let detail: String

  static let notFound = LinkRefusal(
    status: 404, code: "not_found", title: "Not Found", detail: "There is nothing here.")
  static let foreignOrigin = LinkRefusal(
    status: 403, code: "foreign_origin", title: "Forbidden", detail: "A page of another origin gets no link.")
  static let noUpgrade = LinkRefusal(
    status: 426, code: "upgrade_required", title: "Upgrade Required", detail: "This is a WebSocket.")
  static let otherSubprotocol = LinkRefusal(
    status: 400, code: "unknown_subprotocol", title: "Bad Request", detail: "Offer the subprotocol talktime.v1.")
  static let badHandshake = LinkRefusal(
    status: 400, code: "bad_handshake", title: "Bad Request", detail: "This is no handshake of RFC 6455.")
  static let leaving = LinkRefusal(
    status: 503, code: "leaving", title: "Service Unavailable", detail: "This instance goes away: connect again.")
  static let notReady = LinkRefusal(
    status: 503, code: "not_ready", title: "Service Unavailable", detail: "This instance takes no links now.")
}
