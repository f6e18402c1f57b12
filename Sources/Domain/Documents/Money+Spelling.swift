extension Money {
  /// The amount as readers in India expect it: `₹1,23,456.78`, the last three digits together and the others in pairs.
  /// Another currency is written with its code, in groups of three and with its own decimals: `USD 123,456.78`, `JPY
  /// 500`.
  public var written: String {
    let digits = String(amount.count.magnitude)
    let padded = String(repeating: "0", count: max(0, currency.decimals + 1 - digits.utf8.count)) + digits
    let units = Self.grouped(String(padded.dropLast(currency.decimals)), by: currency == .inr ? 2 : 3)
    let decimals = currency.decimals == 0 ? "" : "." + padded.suffix(currency.decimals)
    return (amount.count < 0 ? "-" : "") + (currency == .inr ? "₹" : currency.code + " ") + units + decimals
  }

  /// The amount in the words of an invoice, such as `Rupees one lakh and five paise only`. Nil for another currency and
  /// for a negative amount.
  public var inWords: String? {
    guard currency == .inr, amount.count >= 0 else { return nil }
    let (rupees, paise) = (amount.count / 100, amount.count % 100)
    let tail = paise == 0 ? "" : " and \(IndianNumberSpelling.words(paise)) paise"
    return "Rupees \(IndianNumberSpelling.words(rupees))\(tail) only"
  }

  private static func grouped(_ digits: String, by size: Int) -> String {
    var groups = [digits.suffix(3)]
    var rest = digits.dropLast(3)
    while !rest.isEmpty {
      groups.append(rest.suffix(size))
      rest = rest.dropLast(size)
    }
    return groups.reversed().joined(separator: ",")
  }
}

/// Whole numbers in English words, by crore, lakh, thousand and hundred.
enum IndianNumberSpelling {
  private static let small = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
  private static let scales: [(size: Int64, name: String)] = [
    (10_000_000, "crore"), (100_000, "lakh"), (1_000, "thousand"), (100, "hundred"),
  ]

  /// - Parameter number: not negative.
  static func words(_ number: Int64) -> String {
    for (size, name) in scales where number >= size {
      let rest = number % size
      return "\(words(number / size)) \(name)" + (rest == 0 ? "" : " \(words(rest))")
    }
    guard number >= 20 else { return small[Int(max(number, 0))] }
    return tens[Int(number / 10)] + (number % 10 == 0 ? "" : "-\(small[Int(number % 10)])")
  }
}
