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

  @Test("a state is found by each of its spellings", arguments: GSTState.all)
  func spellings(state: GSTState) {
    for text in [state.code, state.letters, "IN-" + state.letters, state.name] {
      #expect(GSTState(text) == state)
      #expect(GSTState(text.lowercased()) == state)
      #expect(GSTState(text.uppercased()) == state)
      #expect(GSTState("  \(text) ") == state)
    }
  }

  @Test(
    "known states have their codes",
    arguments: [
      ("29", "Karnataka"), ("KA", "Karnataka"), ("in-ka", "Karnataka"), ("27", "Maharashtra"), ("OR", "Odisha"),
      ("IN-TG", "Telangana"), ("UT", "Uttarakhand"), ("ct", "Chhattisgarh"), ("Jammu & Kashmir", "Jammu and Kashmir"),
      ("97", "Other Territory"), ("37", "Andhra Pradesh"),
    ])
  func known(text: String, name: String) {
    #expect(GSTState(text)?.name == name)
  }

  @Test(
    "states are found as people type them",
    arguments: [
      ("Orissa", "21"), ("Pondicherry", "34"), ("Tamilnadu", "33"), ("tamil-nadu", "33"), ("Andaman & Nicobar", "35"),
      ("Andaman and Nicobar", "35"), ("A & N Islands", "35"), ("New Delhi", "07"), ("NCT of Delhi", "07"),
      ("29-Karnataka", "29"), ("29 - Karnataka", "29"), ("29 KA", "29"), ("KA-29", "29"), ("Karnataka (29)", "29"),
      ("29/Karnataka", "29"), ("IN-KA", "29"), ("in 29", "29"), ("Uttaranchal", "05"), ("UA", "05"),
      ("Chattisgarh", "22"), ("Chhatisgarh", "22"), ("J&K", "01"), ("J & K", "01"), ("Jammu & Kashmir", "01"),
      ("Jammu Kashmir", "01"), ("Daman & Diu", "26"), ("Daman", "26"), ("Dadra & Nagar Haveli", "26"), ("DNH", "26"),
      ("Dadra & Nagar Haveli and Daman & Diu", "26"), ("Telengana", "36"), ("Gujrat", "24"), ("U.P.", "09"),
      ("M.P", "23"), ("W. Bengal", ""), ("West-Bengal", "19"), ("Leh Ladakh", "38"), ("Keralam", "32"),
      ("Uttarpradesh", "09"), ("97 Other Territory", "97"), ("97-Other Territory", "97"),
      ("Andhra Pradesh (New)", "37"),
      ("37 Andhra Pradesh", "37"), ("Tamil\u{A0}Nadu", "33"), ("07\u{2013}Delhi", "07"),
      // A code beside another state's name is an error.
      ("29-Kerala", ""), ("Kerala (29)", ""), ("28-Andhra Pradesh", ""), ("29-", "29"), ("and", ""), ("29 29", "29"),
    ])
  func typed(text: String, code: String) {
    #expect(GSTState(text)?.code ?? "" == code)
  }

  @Test("no spelling belongs to two states")
  func distinct() {
    for state in GSTState.all {
      for text in [state.code, state.letters, state.name, "\(state.code)-\(state.name)"] {
        #expect(GSTState(text) == state)
      }
    }
  }

  @Test(
    "any other text is no state",
    arguments: [
      "", " ", "0", "00", "28", "25", "39", "96", "99", "029", "IN-", "IN-29x", "US-CA", "KAR", "२९", "29\u{0}",
      "in-in-ka",
      String(repeating: "9", count: 100_000),
    ])
  func none(text: String) {
    #expect(GSTState(text) == nil)
  }

  @Test("only union territories without a legislature levy UTGST")
  func utgst() {
    #expect(GSTState.all.filter(\.leviesUTGST).map(\.letters) == ["CH", "DH", "LD", "AN", "LA", "OT"])
  }
}
