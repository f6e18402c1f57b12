import Foundation
import HTTPTransport
import TestInfrastructure
import Testing

/// Devices, their refresh tokens and their end, as a client of all four services sees them.
@Suite("Signed-in devices", .serialized)
struct DeviceTests {
  private func refresh(_ suite: Suite, _ token: String) async throws -> Answer {
    try await suite.call("POST", "/auth/refresh", body: ["refresh_token": token])
  }

  @Test("twenty tabs that refresh at once, and a client that lost its answer, stay signed in")
  func tabs() async throws {
    let suite = try Suite.running()
    let device = try await Person.signUp(suite).signInAgain()
    let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
      for _ in 0..<20 { group.addTask { try await refresh(suite, device.refresh) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.map(\.status) == Array(repeating: 200, count: 20))
    #expect(Set(try answers.map { try $0.text("refresh_token") }).count == 1)
    let first = try tokenClaims(device.token)
    for answer in answers {
      let next = try tokenClaims(try answer.text("access_token"))
      #expect(next["auth_time"] as? Int == first["auth_time"] as? Int)
      #expect(next["amr"] as? [String] == ["pwd"] && next["sid"] as? String == first["sid"] as? String)
    }
    try await suite.expect(200, of: device.token)
    let successor = try #require(answers.first).text("refresh_token")
    #expect(try await refresh(suite, successor).status == 200)
  }

  @Test("a thief who refreshes twice is found out by the owner's older token, and all tokens of the device end")
  func thief() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let device = try await person.signInAgain()
    var stolen = try await refresh(suite, device.refresh)
    stolen = try await refresh(suite, try stolen.text("refresh_token"))
    let token = try stolen.text("access_token")
    try await suite.expect(200, of: token)
    let owner = try await refresh(suite, device.refresh)
    #expect(try owner.status == 401 && owner.text("code") == "invalid_token")
    #expect(owner.response.header("www-authenticate") != nil)
    try await suite.expect(401, of: token)
    try await suite.expect(401, of: device.token)
    #expect(try await refresh(suite, try stolen.text("refresh_token")).status == 401)
    // Another device of the user goes on.
    try await suite.expect(200, of: person.token)
  }

  @Test("a refresh token is no access token, and an access token is no refresh token")
  func kinds() async throws {
    let suite = try Suite.running()
    let device = try await Person.signUp(suite).signInAgain()
    try await suite.expect(401, of: device.refresh)
    #expect(try await refresh(suite, device.token).status == 401)
    for route in Suite.ownRoutes {
      #expect(try await suite.call("GET", "\(route)?access_token=\(device.token)").status == 401, "\(route)")
    }
  }

  @Test("a user sees their devices and ends one, then all others: their tokens and streams end everywhere")
  func endsDevices() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let (second, third) = (try await person.signInAgain(), try await person.signInAgain())
    let items = try await person.call("GET", "/auth/sessions").items
    #expect(items.count == 3 && items.map { $0["current"] as? Bool } == [false, false, true])
    #expect(items.allSatisfy { ["127.0.0.0/24", "::/64"].contains($0["network"] as? String) })
    let talk = try await Person(suite: suite, email: person.email, id: person.id, token: second.token).startTalk()
    let client = try await LinkClient.open("\(suite.publicURL)/sessions/\(talk.id)/link")
    client.send(#"{"type":"authenticate","access_token":"\#(second.token)"}"#)
    client.send(#"{"type":"heartbeat","seq":1}"#)
    // The newest is first.
    let id = try #require(items[1]["id"] as? String)
    #expect(try tokenClaims(second.token)["sid"] as? String == id)
    let stranger = try await Person.signUp(suite)
    #expect(try await stranger.call("DELETE", "/auth/sessions/\(id)").status == 404)
    try await suite.expect(200, of: second.token)
    #expect(try await person.call("DELETE", "/auth/sessions/\(id)").status == 204)
    #expect(try await client.closeCode() == 4401)
    try await suite.expect(401, of: second.token)
    #expect(try await refresh(suite, second.refresh).status == 401)
    try await suite.expect(200, of: third.token)
    #expect(try await person.call("DELETE", "/auth/sessions").status == 204)
    try await suite.expect(401, of: third.token)
    try await suite.expect(200, of: person.token)
    #expect(try await person.call("GET", "/auth/sessions").items.count == 1)
    #expect(try await stranger.call("GET", "/auth/me").status == 200)
  }

  @Test("the cookie signs a browser out when its access token has run out", arguments: [nil, "garbage"])
  func logout(bearer: String?) async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let own = [("Origin", suite.publicURL), ("X-Session", "cookie"), ("Content-Type", "application/json")]
    let body = try JSONSerialization.data(withJSONObject: ["email": person.email, "password": Person.password])
    let signedIn = try await suite.post("/auth/login", Array(body), headers: own)
    let cookie = String(try #require(signedIn.response.header("set-cookie")).prefix { $0 != ";" })
    let foreign = try await suite.post(
      "/auth/logout", [], headers: [("Origin", "https://evil.example"), ("Cookie", cookie), own[2]])
    #expect(foreign.status == 403)
    let bearers = bearer.map { [("Authorization", "Bearer \($0)")] } ?? []
    let signedOut = try await suite.post("/auth/logout", [], headers: own + [("Cookie", cookie)] + bearers)
    #expect(signedOut.status == 204)
    #expect(signedOut.response.header("set-cookie")?.contains("Max-Age=0") == true)
    #expect(try await suite.post("/auth/refresh", [], headers: own + [("Cookie", cookie)]).status == 401)
    try await suite.expect(401, of: try signedIn.text("access_token"))
  }
}
