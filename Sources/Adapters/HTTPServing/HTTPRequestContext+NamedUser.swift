import Application
import Domain
import Hummingbird

extension HTTPRequestContext {
  /// The user whose list is asked for by `?user_id=`. An operator with at least `support` may name anybody, and everybody
  /// else only themselves.
  /// - Returns: nil if the request names nobody.
  /// - Throws: 400 for what is no id, 403 for another user.
  public func namedUser(_ request: Request) throws(Problem) -> UserID? {
    guard let text = request.uri.queryParameters["user_id"] else { return nil }
    guard let user = UserID(String(text)) else { throw .invalidField("user_id", "user_id is the id of a user.") }
    let principal = try requirePrincipal()
    guard user == principal.userID || principal.isOperator(.support) else {
      throw Problem(.forbidden, code: "forbidden", detail: "Another user's list is for operators.")
    }
    return user
  }
}
