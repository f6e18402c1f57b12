import Application
import Domain
import HTTPServing
import Hummingbird

/// /auth/me/care-plan-mail: what the mails about one's care plans hold.
struct CarePlanMailRoutes: Sendable {
  let choose: ChooseCarePlanMail
  let authenticator: Authenticator
  let clock: any WallClock

  func add(to router: Router<HTTPRequestContext>) {
    let own = router.group("/auth/me").add(middleware: RequirePrincipal(authenticator))
    own.get("care-plan-mail") { _, context in
      try json(CarePlanMailResponse(try await choose.state(of: try context.requirePrincipal().userID)))
    }
    own.put("care-plan-mail") { request, context in
      let principal = try context.requirePrincipal()
      let choice = try await request.decodeJSON(CarePlanMailRequest.self).checked()
      if try await choose.needsProof(choice, of: principal.userID) {
        try RequireRecentSignIn.demand(of: principal, by: clock)
      }
      return try json(CarePlanMailResponse(try await choose(choice, by: principal.userID)))
    }
  }
}

/// The member must be there: a text, or null to leave it to the operator.
struct CarePlanMailRequest: Decodable {
  let choice: String?

  init(from decoder: any Decoder) throws {
    choice = try decoder.container(keyedBy: CodingKeys.self).decode(String?.self, forKey: .choice)
  }

  enum CodingKeys: String, CodingKey { case choice }

  /// - Throws: 400 for a text that is no choice.
  func checked() throws(Problem) -> CarePlanMailKind? {
    guard let choice else { return nil }
    guard let kind = CarePlanMailKind(rawValue: choice) else {
      throw .invalidField("choice", "Choose link, full or none.")
    }
    return kind
  }
}

struct CarePlanMailResponse: Encodable {
  /// Null for a user who has chosen nothing.
  let choice: String?
  let kind: String
  let offered: [String]

  init(_ state: ChooseCarePlanMail.State) {
    choice = state.choice?.rawValue
    kind = state.kind.rawValue
    offered = state.offered.map(\.rawValue)
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(choice, forKey: .choice)
    try members.encode(kind, forKey: .kind)
    try members.encode(offered, forKey: .offered)
  }

  enum CodingKeys: String, CodingKey { case choice, kind, offered }
}
