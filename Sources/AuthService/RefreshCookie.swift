import HTTPServing
import HTTPTypes
import Hummingbird

/// A browser that sends `X-Session: cookie` keeps its refresh token where no script can read it. Every route that sets
/// or reads the cookie requires our own Origin and JSON, so that no other site can use it.
struct RefreshCookie: Sendable {
  private let publicURL: String
  private let isSecure: Bool
  private let name: String

  init(publicURL: String) {
    self.publicURL = publicURL
    isSecure = publicURL.hasPrefix("https://")
    name = isSecure ? "__Secure-tt_refresh" : "tt_refresh"
  }

  /// Whether our own page asks for cookies with a request that needs none.
  func isAsked(_ request: Request) -> Bool {
    guard let field = HTTPField.Name("x-session") else { return false }
    return request.headers[field] == "cookie" && request.headers[.origin] == publicURL
  }

  /// - Throws: 403 for a page of another site.
  func isWanted(_ request: Request) throws(Problem) -> Bool {
    guard let field = HTTPField.Name("x-session"), request.headers[field] == "cookie" else { return false }
    try demandOwnOrigin(request)
    return true
  }

  func read(_ request: Request) throws(Problem) -> String? {
    let cookies = (request.headers[.cookie] ?? "").split(separator: ";").map { $0.drop { $0 == " " } }
    guard let cookie = cookies.first(where: { $0.hasPrefix("\(name)=") }) else { return nil }
    try demandOwnOrigin(request)
    return String(cookie.dropFirst(name.count + 1))
  }

  /// For a route that also serves clients that are no browsers: those send no Origin.
  /// - Throws: 403 for a page of another site.
  func refuseForeignOrigin(_ request: Request) throws(Problem) {
    if let origin = request.headers[.origin], origin != publicURL { throw Self.foreignOrigin }
  }

  func header(_ token: String) -> String {
    "\(name)=\(token); HttpOnly; \(isSecure ? "Secure; " : "")SameSite=Strict; Path=/auth; Max-Age=2592000"
  }

  var cleared: String { "\(name)=; HttpOnly; \(isSecure ? "Secure; " : "")SameSite=Strict; Path=/auth; Max-Age=0" }

  private func demandOwnOrigin(_ request: Request) throws(Problem) {
    guard request.headers[.origin] == publicURL, request.isJSON else { throw Self.foreignOrigin }
  }

  private static let foreignOrigin = Problem(
    .forbidden, code: "foreign_origin", detail: "The cookie is for our own pages alone.")
}
