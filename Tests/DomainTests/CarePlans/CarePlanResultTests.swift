import Domain
import Testing

@Suite("The result of a care plan, as subscribers are told")
struct CarePlanResultTests {
  @Test("the first result is told, then only a better one")
  func news() {
    let all = CarePlanResult.allCases.map(\.rawValue)
    for status in all + ["later"] { #expect(CarePlanResult.isNews(status, after: nil)) }
    let told = all.flatMap { first in all.filter { CarePlanResult.isNews($0, after: first) }.map { "\(first) \($0)" } }
    #expect(told == ["failed skipped", "failed ready", "skipped ready"])
  }

  @Test("a status of a later release is told only as the first")
  func unknown() {
    #expect(!CarePlanResult.isNews("later", after: "failed") && !CarePlanResult.isNews("later", after: "later"))
    #expect(CarePlanResult.isNews("failed", after: "later"))
  }

  @Test("whatever came twice and in whatever order, the best is told last")
  func anyOrder() {
    let all = CarePlanResult.allCases.map(\.rawValue)
    for _ in 0..<200 {
      var told: String?
      for status in (all + all).shuffled() where CarePlanResult.isNews(status, after: told) { told = status }
      #expect(told == "ready")
    }
  }
}
