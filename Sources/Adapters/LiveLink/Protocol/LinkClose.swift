/// Why a link ends, as a close code of the contract. RFC 6455, section 7.4, defines the codes below 4000.
struct LinkClose: Equatable, Sendable {
  let code: UInt16
  /// A text for people; at most 123 bytes.
  let reason: String

  private init(_ code: UInt16, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  static let ended = LinkClose(1000, "the talk is over")
  static let tooLong = LinkClose(1009, "a frame has at most 4096 bytes")
  static let leaving = LinkClose(1012, "this instance goes away: connect again at once")
  static let lagging = LinkClose(1012, "too slow to be told everything: connect again")
  static let unreadable = LinkClose(4400, "this cannot be read")
  static let badToken = LinkClose(4401, "the access token is not valid, or not any more")
  static let expiredToken = LinkClose(4401, "the access token has expired")
  static let notYours = LinkClose(4404, "there is no such talk")
  static let silent = LinkClose(4408, "nobody has authenticated in time")
  static let tooFast = LinkClose(4429, "too fast")
  static let replaced = LinkClose(4429, "too many links and streams: a newer one took this one's place")
}
