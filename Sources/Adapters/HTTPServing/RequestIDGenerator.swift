import Synchronization

/// Makes the id of a request that came without one: a random name of this process, and a count. The id need not be hard
/// to guess, and reading random bytes from the kernel for each request would be noticeable.
enum RequestIDGenerator {
  private static let process = String(UInt64.random(in: 0...UInt64.max), radix: 36)
  private static let count = Atomic<UInt64>(0)

  static func next() -> String {
    let number = count.wrappingAdd(1, ordering: .relaxed).newValue
    return "\(process)-\(number)"
  }
}
