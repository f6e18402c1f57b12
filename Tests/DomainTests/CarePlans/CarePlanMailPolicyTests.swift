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

  @Test("a choice opens plans to the mailbox only where its mails did not hold them before, and may")
  func opens() {
    let choices: [CarePlanMailKind?] = [nil, .link, .full, CarePlanMailKind.none]
    for choice in choices {
      let policy = CarePlanMailPolicy(standard: .link, allowsFull: true)
      #expect(policy.opensPlans(choosing: .full, after: choice) == (choice != .full))
      for other in choices where other != .full { #expect(!policy.opensPlans(choosing: other, after: choice)) }
      let open = CarePlanMailPolicy(standard: .full, allowsFull: true)
      let isClosed = choice == .link || choice == CarePlanMailKind.none
      for other in [nil, CarePlanMailKind.full] {
        #expect(open.opensPlans(choosing: other, after: choice) == isClosed)
      }
      let closed = CarePlanMailPolicy(standard: .link, allowsFull: false)
      #expect(!closed.opensPlans(choosing: .full, after: choice))
    }
  }
}
