import Domain
import FoundationEssentials
import Testing

@Suite("A version of a pack")
struct PackVersionTests {
  private let now = Date(timeIntervalSince1970: 1_795_500_000)

  private func pack(
    id: String = "hour", name: String = "One hour", time: TalkTime = .minutes(60), amount: Int64 = 89_900
  ) -> Pack {
    Pack(id: id, version: 3, name: name, talkTime: time, price: Money(Paise(amount)), taxRate: .standard)
  }

  @Test("a price that Razorpay accepts can be sold", arguments: [Int64(100), 50_000_000])
  func amounts(amount: Int64) throws {
    #expect(try PackVersion(pack(amount: amount), from: now).pack.price.amount == Paise(amount))
  }

  @Test("any other price is refused", arguments: [Int64(-1), 0, 99, 50_000_001, .max])
  func noAmount(amount: Int64) {
    #expect(throws: PackProblem.invalidAmount) { try PackVersion(pack(amount: amount), from: now) }
  }

  @Test("a pack in another currency than rupees is refused, new or edited", arguments: ["JPY", "KWD", "USD"])
  func noCurrency(code: String) throws {
    let currency = try #require(Currency(code))
    let foreign = Pack(
      id: "hour", version: 1, name: "One hour", talkTime: .minutes(60), price: Money(Paise(500), currency),
      taxRate: .standard)
    #expect(throws: PackProblem.invalidCurrency) { try PackVersion(foreign, from: now) }
    var changes = PackChanges()
    changes.currency = currency
    #expect(throws: PackProblem.invalidCurrency) { try PackVersion(pack(), from: now).revised(changes, at: now) }
    // A pack in another currency, sold by an older build, may be changed to rupees only.
    let stored = PackVersion(stored: foreign, from: now - 500, until: nil)
    changes.currency = nil
    changes.name = "Sixty minutes"
    #expect(throws: PackProblem.invalidCurrency) { try stored.revised(changes, at: now) }
    changes.currency = .inr
    #expect(try stored.revised(changes, at: now).pack.price == Money(Paise(500)))
    #expect(PackProblem.invalidCurrency.description.contains("INR alone"))
  }

  @Test("a pack of no talk time or of more than a year is refused", arguments: [Int64(-1), 0, 31_622_400_001])
  func noTime(milliseconds: Int64) {
    #expect(throws: PackProblem.invalidTalkTime) {
      try PackVersion(pack(time: .milliseconds(milliseconds)), from: now)
    }
  }

  @Test("ids and names with dangerous characters are refused")
  func words() {
    for id in ["", "Hour", "a b", "ü", "a/b", String(repeating: "a", count: 41)] {
      #expect(throws: PackProblem.invalidID) { try PackVersion(pack(id: id), from: now) }
    }
    for name in ["", "  ", "a\nb", "a\u{0}", "a\u{202E}b", String(repeating: "a", count: 81)] {
      #expect(throws: PackProblem.invalidName) { try PackVersion(pack(name: name), from: now) }
    }
  }

  @Test("an edit changes only the named fields")
  func edit() throws {
    let old = try PackVersion(pack(), from: now - 86_400, until: now + 86_400)
    var changes = PackChanges()
    changes.amount = Paise(79_900)
    let new = try old.revised(changes, at: now)
    #expect(new.pack.version == 4 && new.pack.price == Money(Paise(79_900)))
    #expect(new.pack.talkTime == old.pack.talkTime && new.pack.name == old.pack.name)
    #expect(new.activeFrom == now && new.activeUntil == old.activeUntil)
    #expect(old.pack.price == Money(Paise(89_900)))
  }

  @Test("an edit of a later version begins with it, and an edit of an ended version has no end")
  func dates() throws {
    var changes = PackChanges()
    changes.name = "Sixty minutes"
    let later = try PackVersion(pack(), from: now + 500).revised(changes, at: now)
    #expect(later.activeFrom == now + 500)
    let over = try PackVersion(pack(), from: now - 500, until: now - 100).revised(changes, at: now)
    #expect(over.activeFrom == now && over.activeUntil == nil)
    changes.until = now
    #expect(throws: PackProblem.endsBeforeItBegins) { try over.revised(changes, at: now) }
  }

  @Test("a tax rate is written with two decimals and read back", arguments: [0, 1, 25, 500, 1_800, 10_000])
  func taxRate(basisPoints: Int) throws {
    let rate = try #require(TaxRate(basisPoints: basisPoints))
    #expect(TaxRate(percentage: rate.description) == rate)
    #expect(TaxRate.standard.description == "18.00" && TaxRate(percentage: "0.5")?.basisPoints == 50)
  }

  @Test("any other text is no tax rate", arguments: ["", "101", "100.01", "-1", "18%", "1.234", "1e1", "٣"])
  func noTaxRate(text: String) {
    #expect(TaxRate(percentage: text) == nil)
  }
}
