import Domain
import Testing

@Suite("What the mail about a care plan holds")
struct CarePlanMailPolicyTests {
  @Test("the choice counts, else the operator's standard; the whole plan only where it is allowed")
  func kinds() {
    for standard in CarePlanMailKind.allCases {
      for allowsFull in [true, false] {
        let policy = CarePlanMailPolicy(standard: standard, allowsFull: allowsFull)
        for choice in CarePlanMailKind.allCases {
          let isAllowed = choice != .full || allowsFull
          #expect(policy.kind(chosen: choice) == (isAllowed ? choice : .link))
          #expect(policy.offered.contains(choice) == isAllowed)
        }
        #expect(policy.kind(chosen: nil) == policy.standard)
        #expect(policy.standard == (standard == .full && !allowsFull ? .link : standard))
      }
    }
  }
}
