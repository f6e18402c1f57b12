import Domain
import FoundationEssentials
import Testing

@Suite("Identifiers of users, devices and orders")
struct IdentifierTests {
  @Test("identifiers are written as Postgres prints them, and are read back")
  func roundTrip() throws {
    for _ in 0..<200 {
      let uuid = UUID()
      let text = uuid.uuidString.lowercased()
      #expect(UserID(uuid).description == text && UserID(text) == UserID(uuid))
      #expect(DeviceID(uuid).description == text && DeviceID(text) == DeviceID(uuid))
      #expect(OrderID(uuid).description == text && OrderID(text.uppercased()) == OrderID(uuid))
    }
  }

  @Test(
    "any other text is no identifier",
    arguments: [
      "", "1", "e621e1f8-c36c-495a-93fc-0c247a3e6e5", "e621e1f8-c36c-495a-93fc-0c247a3e6e5fa",
      "{e621e1f8-c36c-495a-93fc-0c247a3e6e5f}", "e621e1f8c36c495a93fc0c247a3e6e5f",
      "g621e1f8-c36c-495a-93fc-0c247a3e6e5f", "e621e1f8-c36c-495a-93fc-0c247a3e6e5 ",
      "e621e1f8_c36c_495a_93fc_0c247a3e6e5f",
    ])
  func refused(text: String) {
    #expect(UserID(text) == nil && DeviceID(text) == nil && OrderID(text) == nil)
  }

  @Test("a user's id is a string in JSON")
  func json() throws {
    let id = try #require(UserID("e621e1f8-c36c-495a-93fc-0c247a3e6e5f"))
    let data = try JSONEncoder().encode([id])
    #expect(String(decoding: data, as: UTF8.self) == #"["e621e1f8-c36c-495a-93fc-0c247a3e6e5f"]"#)
    #expect(try JSONDecoder().decode([UserID].self, from: data) == [id])
  }
}
