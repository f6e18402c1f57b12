import Application
import FoundationEssentials
import HTTPTransport
import JWTKit
import Synchronization

/// The keys that Google publishes for its ID tokens. A key that is known is used at once, and no request for it waits.
/// Google is asked by one request at a time and at most every 30 s (every second while no key is known), whatever key ids strangers make up. While Google
/// cannot be reached, known keys are used for a day longer than Google's Cache-Control says.
final class GooglePublicKeys: Sendable {
  /// The shortest time between two requests to Google, in seconds.
  static let pause: Double = 30
  /// The same while no key is known, in seconds.
  static let pauseWithoutKeys: Double = 1
  /// How long a key is used after its age is over, in seconds.
  static let grace: Double = 86_400

  private struct KeySet: Sendable {
    let keys: JWTKeyCollection
    let ids: Set<String>
    let goodUntil: Date

    func isFresh(at moment: Date) -> Bool { moment < goodUntil }
    func isUsable(at moment: Date) -> Bool { moment < goodUntil + GooglePublicKeys.grace }
  }

  private struct State {
    var current: KeySet?
    /// The request to Google that is in progress.
    var flight: Task<KeySet?, Never>?
    var askedAt: Date?
    var hasFailed = false
  }

  private let state = Mutex(State())
  private let http: any RequestSender
  private let url: String
  private let clock: any WallClock

  init(http: any RequestSender, url: String, clock: any WallClock) {
    self.http = http
    self.url = url
    self.clock = clock
  }

  /// The keys, among them the one with this id.
  /// - Throws: `invalidCredentials` if Google has no such key, `unavailable` if Google would have to be asked and
  ///   cannot be.
  func keys(for id: String) async throws(IdentityError) -> JWTKeyCollection {
    let now = clock.now()
    let (known, flight, hasFailed) = state.withLock { state -> (KeySet?, Task<KeySet?, Never>?, Bool) in
      let usable = state.current.flatMap { $0.isUsable(at: now) ? $0 : nil }
      if let usable, usable.ids.contains(id), usable.isFresh(at: now) { return (usable, nil, false) }
      return (usable, look(&state, now, hasKeys: usable != nil), state.hasFailed)
    }
    // A key whose age is over is used while Google is asked in the background.
    if let known, known.ids.contains(id) { return known.keys }
    if let found = await flight?.value {
      guard found.ids.contains(id) else { throw .invalidCredentials }
      return found.keys
    }
    // The last answer of Google has no such key.
    if let known, known.isFresh(at: now) || (flight == nil && !hasFailed) { throw .invalidCredentials }
    throw .unavailable
  }

  /// Joins the request to Google that is in progress, or begins one. Nil if Google was asked a moment ago.
  private func look(_ state: inout State, _ now: Date, hasKeys: Bool) -> Task<KeySet?, Never>? {
    if let flight = state.flight { return flight }
    if let askedAt = state.askedAt {
      let since = now.timeIntervalSince(askedAt)
      // A clock that was set back must not stop the requests.
      guard since < 0 || since >= (hasKeys ? Self.pause : Self.pauseWithoutKeys) else { return nil }
    }
    // The task belongs to no request, so that a client that leaves cancels nothing.
    let flight = Task {
      let fetched = await fetch()
      self.state.withLock { state in
        state.flight = nil
        state.hasFailed = fetched == nil
        if let fetched { state.current = fetched }
      }
      return fetched
    }
    state.flight = flight
    state.askedAt = now
    return flight
  }

  /// Nil if Google cannot be reached, or its answer has no key that can be used.
  private func fetch() async -> KeySet? {
    struct Body: Decodable { let keys: [LenientlyDecoded<PublishedKey>] }
    let request = HTTPClientRequest(method: "GET", url: url, operation: "GET certs")
    guard let response = try? await http.send(request, deadline: .seconds(5)), response.status == 200,
      let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
    else { return nil }
    let keys = JWTKeyCollection()
    var ids: Set<String> = []
    // Each key is read alone: one of an unknown kind or for another use is passed over.
    for key in body.keys.compactMap(\.value) where key.signsTokens {
      guard let id = key.key.keyIdentifier?.string, (try? await keys.add(jwk: key.key)) != nil else { continue }
      ids.insert(id)
    }
    guard !ids.isEmpty else { return nil }
    return KeySet(keys: keys, ids: ids, goodUntil: clock.now() + Double(Self.maximumAge(response)))
  }

  /// Reads Cache-Control, in seconds; an hour if Google does not say.
  private static func maximumAge(_ response: HTTPClientResponse) -> Int {
    let parts = (response.header("cache-control") ?? "").lowercased().split(whereSeparator: { $0 == "," || $0 == " " })
    let age = parts.first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst(8)) } ?? 3_600
    return min(max(0, age), 86_400)
  }
}

private struct PublishedKey: Decodable {
  let key: JWK
  private let use: String?

  private enum CodingKeys: CodingKey { case use }

  init(from decoder: any Decoder) throws {
    key = try JWK(from: decoder)
    use = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .use)
  }

  /// Whether it is an RSA key for RS256. The members `alg` and `use` are optional (RFC 7517, section 4).
  var signsTokens: Bool {
    key.keyType == .rsa && (key.algorithm ?? .rs256) == .rs256 && (use ?? "sig") == "sig"
  }
}
