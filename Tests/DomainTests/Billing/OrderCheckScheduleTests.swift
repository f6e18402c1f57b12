import Domain
import Fakes
import Testing

@Suite("The schedule of order checks")
struct OrderCheckScheduleTests {
  private let checkSchedule = OrderCheckSchedule.standard

  /// The ages at which an order is checked if each check is on time.
  private func looks(_ checkSchedule: OrderCheckSchedule) -> [Duration] {
    var ages = [checkSchedule.first]
    while let distance = ages.last.flatMap({ checkSchedule.distance(age: $0) }) {
      ages.append(ages[ages.count - 1] + distance)
    }
    return ages
  }

  @Test("checks are made when the order is twice as old, at its expiry, and once a day for three more days")
  func schedule() {
    let minutes = looks(checkSchedule).map { $0.components.seconds / 60 }
    #expect(minutes == [15, 30, 60, 120, 240, 480, 960, 1_440, 2_880, 4_320, 5_760])
  }

  @Test("an order expires at its expiry and not before")
  func expiry() {
    #expect(!checkSchedule.isExpired(age: .seconds(86_399)))
    #expect(checkSchedule.isExpired(age: .seconds(86_400)))
  }

  @Test(
    "with any settings each check is later, one is at the expiry, and the last is three days after it",
    arguments: 0..<200)
  func property(seed: UInt64) {
    var random = Seeded(seed)
    let checkSchedule = OrderCheckSchedule(
      first: .seconds(Int.random(in: 1...86_400, using: &random)),
      expiry: .seconds(60 * Int.random(in: 1...100_000, using: &random)))
    var age = Duration.milliseconds(Int64.random(in: 0...86_400_000, using: &random))
    var seesExpiry = age >= checkSchedule.expiry
    while let distance = checkSchedule.distance(age: age) {
      #expect(distance > .zero)
      age += distance
      if age == checkSchedule.expiry { seesExpiry = true }
      // Checks may be late, as after an outage.
      if Bool.random(using: &random), age > checkSchedule.expiry { age += .seconds(60) }
    }
    #expect(seesExpiry && age >= checkSchedule.expiry + OrderCheckSchedule.aftermath)
  }
}
