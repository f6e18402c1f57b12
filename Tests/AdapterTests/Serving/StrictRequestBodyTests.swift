import HTTPServing
import Hummingbird
import Testing

@Suite("Requests that have no members besides the declared ones")
struct StrictRequestBodyTests {
  private struct Body: StrictRequestBody {
    typealias Member = CodingKeys

    struct Filter: StrictRequestBody {
      typealias Member = CodingKeys

      let type: String?
      let errorCode: String?

      enum CodingKeys: String, CodingKey, CaseIterable { case type, errorCode = "error_code" }
    }

    let filter: Strict<Filter>
    let most: Int?

    enum CodingKeys: String, CodingKey, CaseIterable { case filter, most }
  }

  private func read(_ text: String) throws(Problem) -> Body {
    try Request.decode(Strict<Body>.self, from: ByteBuffer(string: text)).value
  }

  private func fault(of text: String) -> Problem? {
    do throws(Problem) {
      _ = try read(text)
      return nil
    } catch {
      return error
    }
  }

  @Test("declared members are read, and may be absent or null")
  func declared() throws {
    let full = try read(#"{"filter":{"type":"care_plan","error_code":"x"},"most":4}"#)
    #expect(full.filter.value.type == "care_plan" && full.filter.value.errorCode == "x" && full.most == 4)
    let least = try read(#"{"filter":{"type":null}}"#)
    #expect(least.filter.value.type == nil && least.most == nil)
  }

  @Test(
    "another member is refused by its path, the first one by name",
    arguments: [
      (#"{"filter":{},"mst":4}"#, "mst"), (#"{"filter":{"typ":"care_plan"}}"#, "filter.typ"),
      (#"{"filter":{"errorCode":"x"}}"#, "filter.errorCode"), (#"{"filter":{},"z":1,"a":null,"m":2}"#, "a"),
      (#"{"filter":{},"Most":4}"#, "Most"),
    ])
  func undeclared(text: String, field: String) {
    let problem = fault(of: text)
    #expect(problem?.code == "invalid_request")
    #expect(problem?.errors.map(\.field) == [field] && problem?.errors.map(\.code) == ["unknown"])
  }

  @Test("a long name of the client's is cut")
  func long() {
    let name = String(repeating: "x", count: 10_000)
    #expect(fault(of: #"{"filter":{},"\#(name)":1}"#)?.errors.map(\.field) == [String(repeating: "x", count: 200)])
  }

  @Test("other faults are told as ever")
  func others() {
    let missing = fault(of: #"{"most":4}"#)
    #expect(missing?.errors.map(\.code) == ["required"] && missing?.errors.map(\.field) == ["filter"])
    let wrong = fault(of: #"{"filter":{"type":7}}"#)
    #expect(wrong?.errors.map(\.code) == ["invalid"] && wrong?.errors.map(\.field) == ["filter.type"])
    #expect(fault(of: "[]")?.code == "invalid_body")
  }
}
