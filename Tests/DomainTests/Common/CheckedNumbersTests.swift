import Domain
import FoundationEssentials
import Testing

/// Numbers and moments that no correct client or provider sends.
private let wild: [Double] = [
  .nan, .signalingNaN, .infinity, -.infinity, 1e300, -1e300, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
  .leastNonzeroMagnitude, 9.3e18, -9.3e18, 0x1p63, -0x1p63, -0.0, 0.5, -0.5,
]

@Suite("Numbers from outside")
struct CheckedNumbersTests {
  @Test(
    "a floating-point value that does not fit becomes the nearest that does, and NaN becomes nothing", arguments: wild)
  func clamping(value: Double) {
    let whole = Int64(clamping: value)
    if value.isNaN { #expect(whole == 0) }
    if value >= 0x1p63 { #expect(whole == .max) }
    if value <= -0x1p63 { #expect(whole == .min) }
    #expect(UInt8(clamping: value) == (value.isNaN || value < 0.5 ? 0 : value > 255 ? 255 : 1))
  }

  @Test("a value that fits is rounded to the nearest")
  func fits() {
    #expect(Int64(clamping: 12.5) == 13 && Int64(clamping: -12.4) == -12 && Int64(clamping: 0x1p53) == 1 << 53)
  }

  @Test("sums, differences and products stop at the limits")
  func arithmetic() {
    #expect(Int64.max.clampedAdding(1) == .max && Int64.min.clampedAdding(-1) == .min)
    #expect(Int64.max.clampedSubtracting(-1) == .max && Int64.min.clampedSubtracting(1) == .min)
    #expect(Int64(0).clampedSubtracting(.min) == .max && Int64(7).clampedSubtracting(9) == -2)
    #expect(Int64.max.clampedMultiplied(by: 2) == .max && Int64.max.clampedMultiplied(by: -2) == .min)
    #expect(Int64.min.clampedMultiplied(by: -1) == .max && Int64(-6).clampedMultiplied(by: 7) == -42)
  }

  @Test(
    "talk time and money of any size can be computed with", arguments: [Int64.min, -1, 0, 1, .max], [Int64.min, .max])
  func amounts(left: Int64, right: Int64) {
    let (time, other) = (TalkTime.milliseconds(left), TalkTime.milliseconds(right))
    #expect((time + other) - other <= .milliseconds(.max) && -time <= .milliseconds(.max))
    #expect(TalkTime.seconds(right).milliseconds == right && TalkTime.minutes(right).milliseconds == right)
    #expect((Paise(left) + Paise(right)) - Paise(right) <= Paise(.max))
    let shares = RefundTalkTimeShares(talkTime: time, paid: Paise(left), amounts: [Paise(right), Paise(right)])
    #expect(shares.shares.count == 2 && shares.refundable >= .zero)
    #expect(shares.share(of: Paise(right)) <= .milliseconds(.max) && shares.value(ofUnspent: other) >= .zero)
    #expect(!Money(Paise(left)).written.isEmpty)
  }

  @Test("a provider's amount is neither negative nor too large to be added up")
  func told() {
    #expect(Paise.told(0) == .zero && Paise.told(19_900) == Paise(19_900))
    for count in [Int64.min, -1, .max, 1_000_000_000_000_001] { #expect(Paise.told(count) == nil) }
  }

  @Test("a given time span is within its bounds, or refused", arguments: wild)
  func spans(value: Double) {
    let span = Duration(seconds: value, upTo: .seconds(3_600))
    #expect((span == nil) == !value.isFinite)
    if let span { #expect(span >= .zero && span <= .seconds(3_600)) }
    #expect(Duration(seconds: 1.5, upTo: .seconds(3_600)) == .milliseconds(1_500))
  }

  @Test("a date of any size has its seconds, milliseconds and microseconds", arguments: wild)
  func moments(value: Double) {
    let date = Date(timeIntervalSince1970: value)
    if value.isNaN { #expect(date.unixSeconds == 0 && date.unixMilliseconds == 0 && date.unixMicroseconds == 0) }
    if value > 1e18 { #expect(date.unixMicroseconds == .max) }
    if value < -1e18 { #expect(date.unixMicroseconds == .min) }
    #expect(Date(timeIntervalSince1970: -0.5).unixSeconds == -1)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
  }
}
