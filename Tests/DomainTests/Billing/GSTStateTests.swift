import Domain
import Testing

@Suite("GST states")
struct GSTStateTests {
  @Test("each of 28 states, 8 union territories and the other territory has a code, letters and a name of its own")
  func all() {
    #expect(GSTState.all.count == 37)
    #expect(Set(GSTState.all.map(\.code)).count == 37)
    #expect(Set(GSTState.all.map(\.letters)).count == 37)
    #expect(Set(GSTState.all.map(\.name)).count == 37)
    #expect(GSTState.all.map(\.code) == GSTState.all.map(\.code).sorted())
    #expect(GSTState.all.allSatisfy { $0.code.utf8.count == 2 && $0.letters.utf8.count == 2 })
  }

  @Test("it is found by each of its spellings", arguments: GSTState.all)
  func spellings(state: GSTState) {
    for text in [state.code, state.letters, "IN-" + state.letters, state.name] {
      #expect(GSTState(text) == state)
      #expect(GSTState(text.lowercased()) == state)
      #expect(GSTState(text.uppercased()) == state)
      #expect(GSTState("  \(text) ") == state)
    }
  }

  @Test(
    "known ones",
    arguments: [
      ("29", "Karnataka"), ("KA", "Karnataka"), ("in-ka", "Karnataka"), ("27", "Maharashtra"), ("OR", "Odisha"),
      ("IN-TG", "Telangana"), ("UT", "Uttarakhand"), ("ct", "Chhattisgarh"), ("Jammu & Kashmir", "Jammu and Kashmir"),
      ("97", "Other Territory"), ("37", "Andhra Pradesh"),
    ])
  func known(text: String, name: String) {
    #expect(GSTState(text)?.name == name)
  }

  @Test(
    "anything else is none",
    arguments: [
      "", " ", "0", "00", "28", "25", "39", "96", "99", "029", "IN-", "IN-29x", "US-CA", "KAR", "२९", "29\u{0}",
      "in-in-ka",
      String(repeating: "9", count: 100_000),
    ])
  func none(text: String) {
    #expect(GSTState(text) == nil)
  }

  @Test("union territories without a legislature levy UTGST, and nobody else")
  func utgst() {
    #expect(GSTState.all.filter(\.leviesUTGST).map(\.letters) == ["CH", "DH", "LD", "AN", "LA", "OT"])
  }
}
