import Testing

@testable import CryptoAdapter

@Suite("The cache of verified tokens")
struct LeastRecentlyUsedTests {
  @Test("it never holds more than its most, and what is used stays")
  func bounded() {
    var cache = LeastRecentlyUsed<Int, Int>(most: 100)
    cache.set(-1, for: -1)
    for number in 0..<1_000 {
      cache.set(number, for: number)
      if number.isMultiple(of: 10) { #expect(cache.value(for: -1) == -1) }
      #expect(cache.count <= 100)
    }
    // At least the half that was used last is there.
    for number in 951..<1_000 {
      var copy = cache
      #expect(copy.value(for: number) == number)
    }
    #expect(cache.value(for: 0) == nil)
  }

  @Test("values are replaced, and removed by what they are")
  func removes() {
    var cache = LeastRecentlyUsed<Int, String>(most: 4)
    for number in 0..<4 { cache.set(number.isMultiple(of: 2) ? "even" : "odd", for: number) }
    cache.set("odd", for: 2)
    cache.removeAll { $0 == "odd" }
    #expect([1, 2, 3].allSatisfy { cache.value(for: $0) == nil })
    #expect(cache.count <= 1)
  }
}
