import Foundation
import Testing

@testable import PostgresDriver

@Suite("The text of a UUID")
struct UUIDTextTests {
  @Test("is Foundation's in small letters, and is read in both")
  func agrees() {
    for uuid in [UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))] + (0..<200).map({ _ in UUID() }) {
      let text = uuid.postgresText
      #expect(text == uuid.uuidString.lowercased())
      #expect(UUID.decode(postgresText: text) == uuid)
      #expect(UUID.decode(postgresText: uuid.uuidString) == uuid)
    }
  }

  @Test(
    "anything else is none",
    arguments: [
      "", "00000000", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-0000000000000",
      "00000000-0000-0000-0000-00000000000g", "000000000-000-0000-0000-000000000000",
      "00000000x0000x0000x0000x000000000000", "{0000000-0000-0000-0000-00000000000}",
      "00000000-0000-0000-0000-00000000000é", "+0000000-0000-0000-0000-000000000000",
    ])
  func refused(text: String) {
    #expect(UUID.decode(postgresText: text) == nil)
    #expect(UUID.decode(postgresText: nil) == nil)
  }
}
