/// The id of a stream's entry: the store's time in milliseconds when it was added, and a counter within that
/// millisecond.
public struct StreamEntryID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let milliseconds: UInt64
  public let sequence: UInt64

  public init(milliseconds: UInt64, sequence: UInt64 = 0) {
    self.milliseconds = milliseconds
    self.sequence = sequence
  }

  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let milliseconds = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
    self.init(milliseconds: milliseconds, sequence: sequence)
  }

  public var description: String { "\(milliseconds)-\(sequence)" }

  /// The next possible id. XTRIM removes what is before an id, so this is the limit that includes this entry.
  public var next: StreamEntryID {
    let (following, overflow) = sequence.addingReportingOverflow(1)
    return overflow
      ? StreamEntryID(milliseconds: milliseconds == .max ? milliseconds : milliseconds + 1)
      : StreamEntryID(milliseconds: milliseconds, sequence: following)
  }

  public static func < (left: StreamEntryID, right: StreamEntryID) -> Bool {
    (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
  }
}

/// The progress of a group in a stream.
public struct ConsumerGroupProgress: Sendable, Equatable {
  public let name: String
  public let lastDelivered: StreamEntryID
  /// The earliest entry that was delivered and not acknowledged.
  public let oldestPending: StreamEntryID?

  public init(name: String, lastDelivered: StreamEntryID, oldestPending: StreamEntryID?) {
    self.name = name
    self.lastDelivered = lastDelivered
    self.oldestPending = oldestPending
  }
}

/// Which entries of a stream may be removed: those before an id.
public enum StreamTrimPolicy {
  /// The limit of the entries that every group has acknowledged and that are older than the retention of acknowledged
  /// entries.
  /// - Parameters:
  ///   - readers: the groups that the stream must have.
  ///   - now: the store's clock, in milliseconds.
  /// - Returns: nil if a group is missing, because then no entry is known to be read by all.
  public static func acknowledged(
    by groups: [ConsumerGroupProgress], readers: Set<String>, now: UInt64
  ) -> StreamEntryID? {
    guard !groups.isEmpty, readers.isSubset(of: groups.map(\.name)) else { return nil }
    let read = groups.map { group in
      group.oldestPending.map { min($0, group.lastDelivered) } ?? group.lastDelivered.next
    }
    return read.min().map { min($0, before(now, Retention.acknowledged)) }
  }

  /// The limit of the entries that are removed because of their age, whether or not a group still has to read them.
  public static func tooOld(for retention: StreamRetention, now: UInt64) -> StreamEntryID {
    before(now, retention.age)
  }

  private static func before(_ now: UInt64, _ age: Duration) -> StreamEntryID {
    let span = UInt64(clamping: age.components.seconds) * 1_000
    return StreamEntryID(milliseconds: now > span ? now - span : 0)
  }
}
