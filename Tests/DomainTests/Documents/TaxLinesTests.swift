import Domain
import Fakes
import Testing

@Suite("Tax lines")
struct TaxLinesTests {
  private let karnataka = GSTState.karnataka

  private func state(_ text: String) throws -> GSTState { try #require(GSTState(text)) }

  @Test("within one state the tax is halved between union and state, otherwise it is the union's only")
  func kinds() throws {
    let own = TaxLines(of: Paise(11_800), rate: .standard, seller: karnataka, buyer: karnataka)
    #expect(own.taxable == Paise(10_000))
    #expect(own.lines.map(\.kind) == [.central, .state])
    #expect(own.lines.map(\.amount) == [Paise(900), Paise(900)] && own.lines.map(\.rate) == [9_000, 9_000])
    let other = TaxLines(of: Paise(11_800), rate: .standard, seller: karnataka, buyer: try state("MH"))
    #expect(other.taxable == Paise(10_000))
    #expect(other.lines == [TaxLines.Line(kind: .integrated, rate: 18_000, amount: Paise(1_800))])
  }

  @Test("a buyer without a known state is supplied at the seller's place")
  func unknownBuyer() {
    #expect(
      TaxLines(of: Paise(19_900), rate: .standard, seller: karnataka, buyer: nil)
        == TaxLines(of: Paise(19_900), rate: .standard, seller: karnataka, buyer: karnataka))
  }

  @Test("a territory without a legislature levies UTGST; Delhi has one", arguments: [("CH", "UTGST"), ("DL", "SGST")])
  func unionTerritory(letters: String, tax: String) throws {
    let place = try state(letters)
    let lines = TaxLines(of: Paise(11_800), rate: .standard, seller: place, buyer: place).lines
    #expect(lines.map(\.kind.rawValue) == ["CGST", tax])
  }

  @Test("half a paisa is rounded up")
  func halves() throws {
    let hundred = try #require(TaxRate(basisPoints: 10_000))
    // The tax in 3 paise at 100 % is 1.5 of them, and in 2 paise half of it is 0.5.
    let whole = TaxLines(of: Paise(3), rate: hundred, seller: karnataka, buyer: try state("27"))
    #expect(whole.lines.map(\.amount) == [Paise(2)] && whole.taxable == Paise(1))
    let halved = TaxLines(of: Paise(2), rate: hundred, seller: karnataka, buyer: nil)
    #expect(halved.lines.map(\.amount) == [Paise(1), Paise(1)] && halved.taxable == .zero)
  }

  @Test("without a rate there is no line, and half of an odd rate is exact")
  func rates() throws {
    let none = TaxLines(of: Paise(100), rate: try #require(TaxRate(basisPoints: 0)), seller: karnataka, buyer: nil)
    #expect(none.lines.isEmpty && none.taxable == Paise(100) && none.tax == .zero)
    let odd = TaxLines(of: Paise(100_000), rate: try #require(TaxRate(basisPoints: 25)), seller: karnataka, buyer: nil)
    #expect(odd.lines.map(\.rate) == [125, 125])
  }

  @Test("for any amount and rate the lines add up, the halves are equal, and no line is a paisa wrong")
  func property() throws {
    var random = Seeded(1_800)
    for round in 0..<20_000 {
      let amount = Int64.random(in: 0...(round % 2 == 0 ? 100_000 : 900_000_000_000_000_000), using: &random)
      let rate = try #require(TaxRate(basisPoints: Int.random(in: 0...10_000, using: &random)))
      let seller = try #require(GSTState.all.randomElement(using: &random))
      let buyer = Bool.random(using: &random) ? GSTState.all.randomElement(using: &random) : nil
      let found = TaxLines(of: Paise(amount), rate: rate, seller: seller, buyer: buyer)
      #expect(found.taxable + found.tax == Paise(amount) && found.taxable >= .zero)
      #expect(Set(found.lines.map(\.amount)).count <= 1 && found.lines.allSatisfy { $0.amount >= .zero })
      // Twice the error of a line, over the common denominator: |2·line·parts·(1+r) − 2·amount·r| ≤ parts·(1+r).
      let parts = Int128(max(found.lines.count, 1))
      let whole = parts * Int128(10_000 + rate.basisPoints)
      for line in found.lines {
        let error = 2 * Int128(line.amount.count) * whole - 2 * Int128(amount) * Int128(rate.basisPoints)
        #expect(error.magnitude <= whole.magnitude)
        // A tie goes up.
        #expect(error != -whole)
      }
    }
  }

  @Test(
    "partial refunds take the tax of the whole, and no line of a part is wrong by more than a paisa")
  func returning() throws {
    var random = Seeded(27)
    for _ in 0..<2_000 {
      let total = Int64.random(in: 100...10_000_000, using: &random)
      let rate = try #require(TaxRate(basisPoints: Int.random(in: 0...2_800, using: &random)))
      let buyer = Bool.random(using: &random) ? GSTState("27") : nil
      let whole = TaxLines(of: Paise(total), rate: rate, seller: karnataka, buyer: buyer)
      var (back, taxable, taxes) = (Paise.zero, Paise.zero, whole.lines.map { _ in Paise.zero })
      var standing: [TaxLines] = []
      while back.count < total {
        let left = total - back.count
        let part = left < 200 ? left : Int64.random(in: 100...(left - 100), using: &random)
        let lines = TaxLines(returning: Paise(part), of: whole, rate: rate, standing: standing)
        standing.append(lines)
        #expect(lines.taxable + lines.tax == Paise(part) && lines.taxable >= .zero)
        #expect(Set(lines.lines.map(\.amount)).count <= 1)
        let alone = TaxLines(of: Paise(part), rate: rate, seller: karnataka, buyer: buyer)
        for (line, own) in zip(lines.lines, alone.lines) { #expect(abs(line.amount.count - own.amount.count) <= 1) }
        taxes = zip(taxes, lines.lines).map { $0 + $1.amount }
        (back, taxable) = (back + Paise(part), taxable + lines.taxable)
      }
      #expect(taxable == whole.taxable && taxes == whole.lines.map(\.amount))
    }
  }

  @Test("with any notes reversed, no more tax than the receipt's is taken back, and exactly that by a full refund")
  func reversed() throws {
    var random = Seeded(53)
    for _ in 0..<2_000 {
      let total = Int64.random(in: 1_000...10_000_000, using: &random)
      let rate = try #require(TaxRate(basisPoints: Int.random(in: 0...2_800, using: &random)))
      let whole = TaxLines(
        of: Paise(total), rate: rate, seller: karnataka, buyer: Bool.random(using: &random) ? GSTState("27") : nil)
      var standing: [TaxLines] = []
      func check() {
        #expect(standing.reduce(Paise.zero) { $0 + $1.amount } <= whole.amount)
        for (index, line) in whole.lines.enumerated() {
          let taken = standing.reduce(Paise.zero) { $0 + $1.lines[index].amount }
          #expect(taken >= .zero && taken <= line.amount)
        }
      }
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let left = total - standing.reduce(0) { $0 + $1.amount.count }
        if let gone = standing.indices.randomElement(using: &random), left < 200 || Bool.random(using: &random) {
          standing.remove(at: gone)
        } else {
          let part = Int64.random(in: 100...max(100, left / 2), using: &random)
          standing.append(TaxLines(returning: Paise(part), of: whole, rate: rate, standing: standing))
        }
        check()
      }
      let rest = whole.amount - standing.reduce(Paise.zero) { $0 + $1.amount }
      standing.append(TaxLines(returning: rest, of: whole, rate: rate, standing: standing))
      check()
      #expect(standing.reduce(Paise.zero) { $0 + $1.tax } == whole.tax)
      #expect(standing.reduce(Paise.zero) { $0 + $1.taxable } == whole.taxable)
    }
  }

  @Test("an amount without tax gives no tax back")
  func untaxed() {
    let whole = TaxLines(untaxed: Paise(19_900))
    let back = TaxLines(returning: Paise(9_900), of: whole, rate: .none, standing: [])
    #expect(whole.amount == Paise(19_900) && whole.lines.isEmpty && whole.tax == .zero)
    #expect(back == TaxLines(untaxed: Paise(9_900)))
  }
}
