import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("A conversation's aggregate")
struct ConversationReconciliationTests {
  private static let noon = Date(timeIntervalSince1970: 1_700_049_600)

  private func aggregate(_ id: String = "conv", tolerated: Int64 = 0) -> ConversationReconciliation {
    ConversationReconciliation(id: id, invitedAt: Self.noon, tolerated: .milliseconds(tolerated))
  }

  private func talks(_ charged: Int64, unsettled: Int = 0, forgiven: Int64 = 0, lost: Int = 0) -> ConversationTalkTotals
  {
    ConversationTalkTotals(unsettled: unsettled, charged: .seconds(charged), forgiven: .seconds(forgiven), lost: lost)
  }

  private func reported(_ seconds: Int64, at told: Double? = nil) -> ReportedDuration {
    ReportedDuration(duration: .seconds(seconds), told: told.map { Date(timeIntervalSince1970: $0) })
  }

  /// The aggregate as a store loads it again.
  private func kept(_ aggregate: ConversationReconciliation) -> ConversationReconciliation {
    ConversationReconciliation(
      id: aggregate.id, invitedAt: aggregate.invitedAt, duration: aggregate.duration, told: aggregate.told,
      isClosed: aggregate.isClosed, wasOpened: aggregate.wasOpened, adjusted: aggregate.adjusted,
      adjustments: aggregate.adjustments, tolerated: aggregate.tolerated)
  }

  @Test("without a report of the provider nothing happens")
  func nothingTold() {
    var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
    #expect(aggregate.apply(nil, talks: talks(60), beside: &others) == nil)
    #expect(aggregate == self.aggregate())
  }

  @Test("a relevant difference is one entry, in either direction, and the next one has a reference of its own")
  func adjusts() {
    var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
    #expect(aggregate.apply(reported(95), talks: talks(60), beside: &others) == .adjusted(.seconds(35)))
    #expect(
      aggregate.steps == [
        .debit(
          .seconds(35), .adjustment, reference: "conversation:conv:1", reason: "lasted 95000 ms, charged 60000 ms")
      ])
    #expect(aggregate.isClosed && aggregate.wasOpened && aggregate.isReconciled && aggregate.look == .never)
    aggregate = kept(aggregate)
    #expect(aggregate.apply(reported(80), talks: talks(60), beside: &others) == .adjusted(.seconds(-15)))
    #expect(
      aggregate.steps == [
        .credit(
          .seconds(15), .adjustment, reference: "conversation:conv:2", reason: "lasted 80000 ms, charged 95000 ms")
      ])
    #expect(aggregate.adjusted == .seconds(20) && aggregate.adjustments == 2)
  }

  @Test("while a talk of the conversation goes on, its report waits and is checked again")
  func waits() {
    var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
    #expect(aggregate.apply(reported(95), talks: talks(60, unsettled: 1), beside: &others) == .waiting)
    #expect(aggregate.duration == .seconds(95) && aggregate.steps.isEmpty && !aggregate.isReconciled)
    #expect(aggregate.look == .after(.seconds(5)))
  }

  @Test("of a lost talk a slice is left unadjusted, and the forgiven time besides")
  func lost() {
    var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
    let talks = talks(60, forgiven: 20, lost: 2)
    #expect(aggregate.apply(reported(200), talks: talks, beside: &others) == .tolerated(.zero))
    #expect(aggregate.apply(reported(210), talks: talks, beside: &others) == .adjusted(.seconds(10)))
  }

  @Test("an older report of the provider is ignored; one without a date never is")
  func dates() {
    var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
    _ = aggregate.apply(reported(60, at: 100), talks: talks(60), beside: &others)
    _ = aggregate.apply(reported(90, at: 99), talks: talks(60), beside: &others)
    #expect(aggregate.duration == .seconds(60))
    _ = aggregate.apply(reported(62, at: 100), talks: talks(60), beside: &others)
    #expect(aggregate.duration == .seconds(62))
    _ = aggregate.apply(reported(63), talks: talks(60), beside: &others)
    #expect(aggregate.duration == .seconds(63) && aggregate.told == Date(timeIntervalSince1970: 100))
  }

  @Test("when the day's small differences exceed a minute, all of them are adjusted, except those of zero")
  func day() {
    var aggregate = aggregate()
    var others = (0..<12).map { self.aggregate("conv_\($0)", tolerated: 5_000) } + [self.aggregate("conv_none")]
    #expect(aggregate.apply(reported(2), talks: talks(0), beside: &others) == .adjusted(.seconds(2)))
    #expect(others.prefix(12).allSatisfy { $0.adjusted == .seconds(5) && $0.tolerated == .zero })
    #expect(others.last == self.aggregate("conv_none"))
  }

  @Test("a day is in UTC, from its first moment to the next day's")
  func days() {
    let day = DurationReconciliation.day(of: Self.noon)
    #expect(day.lowerBound.timeIntervalSince1970 == 1_700_006_400)
    #expect(DurationReconciliation.day(of: day.lowerBound) == day)
    #expect(DurationReconciliation.day(of: day.upperBound).lowerBound == day.upperBound)
    #expect(DurationReconciliation.day(of: Date(timeIntervalSince1970: -1)).upperBound.timeIntervalSince1970 == 0)
  }

  @Test("after any reports in any order, the charge is within the tolerance of the last report")
  func property() {
    for seed in 0..<300 as Range<UInt64> {
      var random = Seeded(seed)
      let charged = Int64.random(in: 0...300, using: &random)
      var (aggregate, others) = (aggregate(), [ConversationReconciliation]())
      var moved = TalkTime.zero
      var references: [String] = []
      for _ in 0..<8 {
        let word = reported(
          Int64.random(in: 0...300, using: &random), at: Double(Int.random(in: 0...5, using: &random)))
        _ = aggregate.apply(word, talks: talks(charged), beside: &others)
        for step in aggregate.steps {
          switch step {
          case .debit(let time, _, let reference, _):
            moved += time
            references.append(reference)
          case .credit(let time, _, let reference, _):
            moved -= time
            references.append(reference)
          default: Issue.record("seed \(seed): \(step)")
          }
        }
        aggregate = kept(aggregate)
        let paid = TalkTime.seconds(charged) + moved
        let left = (aggregate.duration ?? .zero) - paid
        #expect(moved == aggregate.adjusted && max(left, -left) <= DurationReconciliation.tolerance, "seed \(seed)")
        #expect(left == aggregate.tolerated, "seed \(seed)")
      }
      #expect(Set(references).count == references.count, "seed \(seed)")
    }
  }
}
